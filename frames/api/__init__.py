"""The REST API, version 1: anybody may read it, nobody needs an account.

`base` is what all views share, `parameters` reads what is asked, `documents` writes frames,
`problems` writes errors (RFC 9457); the other modules are the endpoints (`urls`).
"""
