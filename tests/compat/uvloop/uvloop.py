"""Stands in for uvloop: the original only wants its event loop policy, and asyncio has one."""
from asyncio import DefaultEventLoopPolicy as EventLoopPolicy
from asyncio import new_event_loop

__all__ = ["EventLoopPolicy", "install", "new_event_loop"]


def install() -> None:
    """Keep asyncio's own loop."""
