"""A folder, or what is known of a bucket, comes in; the entry of `STORAGES` for it goes out."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


def on_disk(folder: Path) -> dict[str, Any]:
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        # Names are hashes of the content, so writing a file again writes the same file.
        "OPTIONS": {"location": folder, "allow_overwrite": True},
    }


def in_bucket(name: str, *, endpoint: str = "", public_host: str = "") -> dict[str, Any]:
    """S3-compatible storage, Amazon's without an `endpoint`.

    Readers fetch pictures from `public_host` by HTTPS, or else from the bucket itself, which has to
    be readable by everybody. The keys to write are in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
    """
    scheme, host = "https", public_host
    if not public_host and endpoint:
        scheme, host = urlsplit(endpoint).scheme, f"{urlsplit(endpoint).netloc}/{name}"
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": name,
            "endpoint_url": endpoint or None,
            "custom_domain": host or f"{name}.s3.amazonaws.com",
            "url_protocol": f"{scheme}:",
            "file_overwrite": True,
            "querystring_auth": False,
            "object_parameters": {"CacheControl": "public, max-age=31536000, immutable"},
        },
    }


def origins(storage: dict[str, Any]) -> list[str]:
    """Where else than from the site itself pages load pictures, for the Content-Security-Policy."""
    options = storage["OPTIONS"]
    if "custom_domain" not in options:
        return []
    return [f"{options['url_protocol']}//{options['custom_domain'].partition('/')[0]}"]
