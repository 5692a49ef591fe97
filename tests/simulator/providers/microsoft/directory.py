"""The organizations and people of Entra ID, all made up, and whom a tenant in a path lets in.

Linus's account is personal: Microsoft keeps those in one tenant, whose id is the same everywhere.

Source: MicrosoftDocs/entra-docs docs/identity-platform/v2-protocols.md and
id-token-claims-reference.md.
"""

from dataclasses import dataclass

ORGANIZATIONS, CONSUMERS, EVERYBODY = "organizations", "consumers", "common"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    id: str
    domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """`oid` is the person's id in the tenant; `mail` may be missing, the user name never is."""

    oid: str
    tenant: Tenant
    name: str
    user_name: str
    mail: str | None


CONTOSO = Tenant(id="3f2504e0-4f89-41d3-9a0c-0305e82c3301", domain="contoso.example")
FABRIKAM = Tenant(id="7d444840-9dc0-41d1-b245-5ffdce74fad2", domain="fabrikam.example")
PERSONAL = Tenant(id="9188040d-6c67-4c5b-b112-36a304b66dad", domain="outlook.example")
TENANTS = (CONTOSO, FABRIKAM, PERSONAL)
PEOPLE = {
    person.oid: person
    for person in (
        Person(
            oid="0f8fad5b-d9cb-469f-a165-70867728950e",
            tenant=CONTOSO,
            name="Ada Byron",
            user_name="ada@contoso.example",
            mail="ada@contoso.example",
        ),
        Person(
            oid="7c9e6679-7425-40de-944b-e07fc1f90ae7",
            tenant=CONTOSO,
            name="Grace Hooper",
            user_name="grace@contoso.example",
            mail="grace@contoso.example",
        ),
        Person(
            oid="e02fd0e4-00fd-490a-ca30-0d00a0038ba0",
            tenant=FABRIKAM,
            name="Alan Turning",
            user_name="alan@fabrikam.example",
            mail=None,
        ),
        Person(
            oid="00000000-0000-0000-5b0c-3f2a9d1e7c44",
            tenant=PERSONAL,
            name="Linus Thorwald",
            user_name="linus@outlook.example",
            mail="linus@outlook.example",
        ),
    )
}


def find(reference: str) -> Person | None:
    """By the id that never changes, or by the user name."""
    by_name = (one for one in PEOPLE.values() if one.user_name == reference.lower())
    return PEOPLE.get(reference) or next(by_name, None)


def exists(segment: str) -> bool:
    known = {ORGANIZATIONS, CONSUMERS, EVERYBODY}
    return segment in known or any(segment in {one.id, one.domain} for one in TENANTS)


def admits(segment: str, person: Person) -> bool:
    match segment:
        case "common":
            return True
        case "organizations":
            return person.tenant != PERSONAL
        case "consumers":
            return person.tenant == PERSONAL
    return segment in {person.tenant.id, person.tenant.domain}
