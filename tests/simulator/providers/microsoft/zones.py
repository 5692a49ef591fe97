"""The names of time zones that Graph documents: those of Windows, and these of IANA.

Source: microsoft-graph-docs-contrib api-reference/v1.0/resources/datetimetimezone.md. Of the names
of Windows, which it does not list, the usual ones.
"""

WINDOWS = frozenset(
    {
        "AUS Eastern Standard Time",
        "Arabian Standard Time",
        "Central Europe Standard Time",
        "Central European Standard Time",
        "Central Standard Time",
        "China Standard Time",
        "E. South America Standard Time",
        "Eastern Standard Time",
        "FLE Standard Time",
        "GMT Standard Time",
        "Greenwich Standard Time",
        "India Standard Time",
        "Korea Standard Time",
        "Mountain Standard Time",
        "New Zealand Standard Time",
        "Pacific Standard Time",
        "Romance Standard Time",
        "Russian Standard Time",
        "Singapore Standard Time",
        "South Africa Standard Time",
        "Tokyo Standard Time",
        "UTC",
        "W. Europe Standard Time",
    }
)
_OF_IANA = """
Africa/Cairo Africa/Casablanca Africa/Johannesburg Africa/Lagos Africa/Nairobi Africa/Windhoek
America/Anchorage America/Argentina/Buenos_Aires America/Asuncion America/Bahia America/Bogota
America/Caracas America/Cayenne America/Chicago America/Chihuahua America/Cuiaba America/Denver
America/Godthab America/Guatemala America/Halifax America/Indiana/Indianapolis America/La_Paz
America/Los_Angeles America/Mexico_City America/Montevideo America/New_York America/Phoenix
America/Regina America/Santa_Isabel America/Santiago America/Sao_Paulo America/St_Johns
Asia/Amman Asia/Baghdad Asia/Baku Asia/Bangkok Asia/Beirut Asia/Colombo Asia/Damascus Asia/Dhaka
Asia/Dubai Asia/Irkutsk Asia/Jerusalem Asia/Kabul Asia/Karachi Asia/Kathmandu Asia/Kolkata
Asia/Krasnoyarsk Asia/Magadan Asia/Novosibirsk Asia/Riyadh Asia/Seoul Asia/Shanghai
Asia/Singapore Asia/Taipei Asia/Tbilisi Asia/Tehran Asia/Tokyo Asia/Ulaanbaatar
Asia/Vladivostok Asia/Yakutsk Asia/Yekaterinburg Asia/Yerevan Atlantic/Azores
Atlantic/Cape_Verde Atlantic/Reykjavik Australia/Adelaide Australia/Brisbane Australia/Darwin
Australia/Hobart Australia/Perth Australia/Sydney Etc/GMT Etc/GMT+11 Etc/GMT+12 Etc/GMT+2
Etc/GMT-12 Europe/Berlin Europe/Bucharest Europe/Budapest Europe/Istanbul Europe/Kaliningrad
Europe/London Europe/Moscow Europe/Paris Europe/Warsaw Indian/Mauritius Pacific/Apia
Pacific/Auckland Pacific/Fiji Pacific/Guadalcanal Pacific/Honolulu Pacific/Kiritimati
Pacific/Port_Moresby Pacific/Tongatapu
"""
IANA = frozenset(_OF_IANA.split())
ZONES = WINDOWS | IANA
