"""Our load in a process of its own, so that its memory can be measured: `python -m bench.ours FOLDER WORKERS`."""

import json
import sys
import time
from collections import Counter
from pathlib import Path

from orchestration import settings
from orchestration.extract import contracts, load


def main() -> None:
    """Load the folder; print what it took and what became of it, as one line of JSON."""
    folder, workers = Path(sys.argv[1]), int(sys.argv[2])
    here, declared = settings.load(), contracts.load()
    start = time.monotonic()
    deliveries = load.load_folder(here, folder, declared, workers=workers)
    seconds = time.monotonic() - start
    said = {
        "seconds": seconds,
        "received": sum(delivery.received_count for delivery in deliveries),
        "quarantined": sum(delivery.quarantined_count for delivery in deliveries),
        "new": sum(delivery.is_new for delivery in deliveries),
        "not_loaded": [f"{d.file_name}: {d.reason}" for d in deliveries if d.state != "loaded"],
        "states": Counter(delivery.state for delivery in deliveries),
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main()
