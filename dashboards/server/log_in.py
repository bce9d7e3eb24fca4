"""Keeps a log-in from being undone: the log-in page reports its own events before anybody is logged in."""

from flask import Flask, Response, g, request, session

EVENTS = "/superset/log/"


def ignore_events_of_strangers(app: Flask) -> None:
    """Answer the events of a page without a user with nothing.

    Superset would refuse them with a message kept in the session. That answer, when it comes after the one to the
    log-in, overwrites the session: the person is logged out again, or greeted with "Access is Denied".
    """

    @app.before_request
    def answer_with_nothing() -> Response | None:
        if request.path != EVENTS or getattr(getattr(g, "user", None), "is_authenticated", False):
            return None
        session.modified = False
        return Response(status=204)
