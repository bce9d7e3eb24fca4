"""The content of a pack as one text, its hash, and the signature of the installation that made it."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

KEY_FILE = "pack_key"


@dataclass(frozen=True)
class Seal:
    """SHA-256 of the content, and the HMAC-SHA-256 of that hash under the key of an installation; both in hex."""

    content_hash: str
    signature: str

    @property
    def short(self) -> str:
        """The first 12 letters of the hash, as every page shows them."""
        return self.content_hash[:12]


def canonical(content: dict[str, Any]) -> bytes:
    """Return content as JSON: names in order, no blanks, UTF-8; the same content is the same bytes."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def of(written: bytes, key: bytes) -> Seal:
    """Return the seal of a content that is written canonically."""
    content_hash = hash_of(written)
    return Seal(content_hash, sign(content_hash, key))


def hash_of(written: bytes) -> str:
    """Return the SHA-256 (hex) of a content that is written canonically."""
    return hashlib.sha256(written).hexdigest()


def sign(content_hash: str, key: bytes) -> str:
    """Return the signature (hex) of a hash under a key."""
    return hmac.new(key, content_hash.encode(), hashlib.sha256).hexdigest()


def is_signed_by(seal: Seal, key: bytes) -> bool:
    """Tell whether this key made the signature."""
    return hmac.compare_digest(sign(seal.content_hash, key), seal.signature)
