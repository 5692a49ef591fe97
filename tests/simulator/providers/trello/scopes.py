"""The scopes of Trello, in the words of its API description, and the one of the server beside it.

Sources: Trello's OpenAPI file (components.securitySchemes.OAuth2), and for `offline_access`
developer.atlassian.com/cloud/oauth/getting-started/refresh-tokens.
"""

READ_MEMBER = "read:member:trello"
READ_BOARD, WRITE_BOARD = "read:board:trello", "write:board:trello"
OFFLINE = "offline_access"
SCOPES = {
    READ_BOARD: "Read cards, lists, and comments in boards",
    "read:enterprise:trello": "Read enterprises",
    READ_MEMBER: (
        "Read email address, public name, public avatar, and memberships of boards, workspaces, "
        "and enterprises"
    ),
    "read:organization:trello": "Read workspaces",
    "write:board:membership:trello": "Add, remove, or modify memberships on boards",
    WRITE_BOARD: "Create and update cards, lists, and comments in boards",
    "write:enterprise:trello": "Update and manage enterprises",
    "write:member:trello": "Upload custom emojis and stickers, star boards, and save searches",
    "write:organization:membership:trello": "Add, remove, or modify memberships on workspaces",
    "write:organization:trello": "Update workspaces",
    OFFLINE: "Do all this while you are away",
}
