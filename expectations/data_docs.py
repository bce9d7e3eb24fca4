"""Data Docs: where the static site of results lies, what it is built of, and how many runs it keeps."""

import shutil
from pathlib import Path
from typing import Any

from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)

KEPT_RUNS = 6
_RESULTS = ".results"
_SITE = "data_docs"


def context_config(folder: Path) -> DataContextConfig:
    """Return a context that keeps nothing but results and the site, both in `folder`; it sends nothing anywhere."""
    in_memory = InMemoryStoreBackendDefaults()
    stores = dict(in_memory.stores)
    # Kept so that the index lists former runs beside this one.
    stores[in_memory.validation_results_store_name]["store_backend"] = _files(folder / _RESULTS)
    in_memory.stores = stores
    return DataContextConfig(
        store_backend_defaults=in_memory,
        data_docs_sites={
            _SITE: {
                "class_name": "SiteBuilder",
                "show_how_to_buttons": False,
                "store_backend": _files(folder),
                "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
                "site_section_builders": {
                    "validations": {
                        "class_name": "DefaultSiteSectionBuilder",
                        "source_store_name": in_memory.validation_results_store_name,
                        "renderer": {"class_name": "ValidationResultsPageRenderer"},
                    },
                },
            }
        },
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
    )


def prune(folder: Path, kept: int = KEPT_RUNS) -> None:
    """Remove pages and results of all but the newest `kept` runs of gates.

    Great Expectations names them <suite>/<run name>/<run time>/<batch>, below `validations` for pages.
    """
    for root in (folder / _RESULTS, folder / "validations"):
        runs = sorted({path.name for path in root.glob("*/*/*") if path.is_dir()}, reverse=True)
        for old in runs[kept:]:
            for path in root.glob(f"*/*/{old}"):
                shutil.rmtree(path)
                if not any(path.parent.iterdir()):
                    path.parent.rmdir()


def _files(folder: Path) -> dict[str, Any]:
    return {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)}
