"""The look of Superset and the hosts that its pages may talk to, derived from `dashboards/theme.yaml`."""

import base64
from typing import Any

from dashboards.theme import read_theme

LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="4" fill="{primary}"/>'
    '<polyline points="5,21 11,14 16,18 21,9 27,13" fill="none" stroke="#fff" stroke-width="2.5"/>'
    '<circle cx="21" cy="9" r="2.6" fill="#fff"/></svg>'
)


def superset_theme(name: str) -> dict[str, Any]:
    """Return Superset's light theme. All tokens are given: what is left out falls back to Superset's brand."""
    theme = read_theme()
    colours = theme["colours"]
    logo = base64.b64encode(LOGO.format(**colours).encode()).decode()
    return {
        "token": {
            "brandAppName": name,
            "brandLogoAlt": name,
            "brandLogoUrl": f"data:image/svg+xml;base64,{logo}",
            "brandLogoMargin": "12px 0",
            "brandLogoHref": "/",
            "brandLogoHeight": "32px",
            "brandSpinnerUrl": None,
            "brandSpinnerSvg": None,
            "colorPrimary": colours["primary"],
            "colorLink": colours["link"],
            "colorError": colours["error"],
            "colorWarning": colours["warning"],
            "colorSuccess": colours["success"],
            "colorInfo": colours["primary"],
            "fontUrls": [],
            "fontFamily": theme["font_family"],
            "fontFamilyCode": "'Courier New', monospace",
            "transitionTiming": 0.1,
            "brandIconMaxWidth": 37,
            "fontSizeXS": "8",
            "fontSizeXXL": "28",
            "fontWeightNormal": "400",
            "fontWeightLight": "300",
            "fontWeightStrong": "500",
            "fontWeightBold": "700",
            "colorEditorSelection": "#fff5cf",
        },
        "algorithm": "default",
        # The chart's own options drop `legend.selector`, the theme keeps it: no "All / Inv" beside a legend.
        "echartsOptionsOverridesByChartType": {
            chart_type: {"legend": {"selector": False}} for chart_type in ("mixed_timeseries", "echarts_timeseries_bar")
        },
    }


def colour_schemes() -> list[dict[str, Any]]:
    """Return the one palette of our charts, made the default so that a hand-made chart matches too."""
    theme = read_theme()
    return [
        {
            "id": "clinician_performance",
            "label": theme["name"],
            "description": "",
            "isDefault": True,
            "colors": list(dict.fromkeys(theme["series"].values())),
        }
    ]


def content_security_policy(*, is_tls: bool) -> dict[str, Any]:
    """Return Talisman's settings: pages may load from and talk to this server only.

    TLS ends at the proxy in front of this server; where there is one (`is_tls`), nothing is answered without it.
    """
    return {
        "content_security_policy": {
            "base-uri": ["'self'"],
            "default-src": ["'self'"],
            "img-src": ["'self'", "blob:", "data:"],
            "worker-src": ["'self'", "blob:"],
            "connect-src": ["'self'"],
            "object-src": "'none'",
            "style-src": ["'self'", "'unsafe-inline'"],
            "font-src": ["'self'"],
            "script-src": ["'self'", "'strict-dynamic'"],
            "form-action": ["'self'"],
            "frame-ancestors": ["'self'"],
        },
        "content_security_policy_nonce_in": ["script-src"],
        "force_https": is_tls,
        "session_cookie_secure": is_tls,
    }
