"""How a pack is read by a test: its attachment as any PDF reader finds it, and the words on its pages."""

import io
import json
from pathlib import Path
from typing import Any

import pypdf


def content(path: Path) -> dict[str, Any]:
    return json.loads(pypdf.PdfReader(path).attachments["content.json"][0])


def text(path: Path) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(path.read_bytes())).pages)


def measure(told: dict[str, Any], measure_id: str) -> dict[str, Any]:
    found = [one for family in told["families"] for one in family["measures"] if one["measure_id"] == measure_id]
    return found[0]
