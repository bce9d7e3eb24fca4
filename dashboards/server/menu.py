"""Puts the review pages into Superset's menu, after its own entries."""

from superset.initialization import SupersetAppInitializer

from dashboards.server.review.frame import MENU


class ReviewInMenu(SupersetAppInitializer):
    """Superset's own start, and one entry more; roles see it by `menu_access` on it, which lets them in, too."""

    def init_views(self) -> None:
        """Add the entry once Superset's are there: a menu is shown in the order in which it was made."""
        from superset.extensions import appbuilder  # noqa: PLC0415 - there is none while the configuration is read

        super().init_views()
        appbuilder.add_link(MENU, label=MENU, href="/review/")
