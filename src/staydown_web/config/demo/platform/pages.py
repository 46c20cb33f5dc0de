"""The platform's pages, as plain HTML in the same calm clothes."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import PurePath

from staydown_web.config.demo.platform.posts import Post, State

NAME = "Commonplace"
NOTICE = "A demonstration platform. All its pictures are of places and things."


def page(title: str, main: str, *, staydown: str, media: str = "") -> str:
    """A whole page.

    Args:
        title: of the window, plain text.
        main: HTML.
        staydown: address of the Staydown service.
        media: address of the picture or video that the page is about, for programs.
    """
    kind = "video" if media.endswith((".mp4", ".webm", ".mov", ".mkv")) else "image"
    about = f'<meta property="og:{kind}" content="{escape(media)}">' if media else ""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
{about}
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
</head>
<body class="work">
<a class="skip" href="#main">Skip to content</a>
<header class="bar"><div class="bar-in"><a class="mark" href="/">{NAME}</a>
<nav class="nav" aria-label="Main"><a href="/">Posts</a><a href="/upload">Upload</a></nav>
<div class="bar-end">
<a class="btn plain" href="{escape(staydown)}/guide/">Back to the guide</a></div>
</div></header>
<main class="page" id="main" tabindex="-1">
<div class="stack loose">
<div class="note small"><div><p>{NOTICE}</p></div></div>
{main}
</div>
</main>
<footer class="foot"><div class="foot-in"><span>{NAME} checks every upload with Staydown.</span>
<a href="{escape(staydown)}/">Report a picture or video of you</a></div></footer>
</body>
</html>
"""


def gallery(posts: Sequence[Post]) -> str:
    """Every post that visitors see."""
    shown = [post for post in posts if post.state is State.SHOWN]
    cards = "\n".join(f"<li>{card(post)}</li>" for post in shown)
    held = sum(post.state is State.HELD for post in posts)
    waiting = f"<p class='soft small'>{held} waiting unseen for a person to look at.</p>"
    return f"""<h1>Posts</h1>
{waiting if held else ""}
<ul class="demo-posts">{cards}</ul>"""


def card(post: Post) -> str:
    """A post in the gallery."""
    caption = escape(post.caption)
    return f"""<a class="panel stack tight demo-post" href="/p/{post.id}">{shown_media(post)}
<span><strong>{caption}</strong><br>
<span class="small soft">{escape(post.account)}</span></span></a>"""


def shown_media(post: Post, *, large: bool = False) -> str:
    """The picture or video of a post."""
    address = f"/media/{post.id}{post.ending}"
    words = escape(post.caption, quote=True)
    if post.is_video:
        controls = "controls" if large else ""
        marks = f"{controls} muted preload='metadata' aria-label='{words}'"
        return f"<video src='{address}' {marks}></video>"
    return f"<img src='{address}' alt='{words}' loading='lazy'>"


def single(post: Post, *, origin: str) -> str:
    """The page of a post, whatever became of it."""
    if post.state is State.REMOVED:
        return """<h1>This post was removed</h1>
<p class="lead">A person decided. While a request for it stands, copies cannot be posted
here.</p>"""
    if post.state is State.HELD:
        return """<h1>This post is waiting</h1>
<p class="lead">Nobody sees it until a person has decided.</p>"""
    address = f"{origin}/p/{post.id}"
    return f"""<h1>{escape(post.caption)}</h1>
<article class="panel stack demo-single">{shown_media(post, large=True)}
<p class="small soft">Posted by {escape(post.account)}</p>
<p class="small">Address of this post: <code>{escape(address)}</code></p></article>"""


def upload(copies: Sequence[PurePath], *, problem: str = "") -> str:
    """The form; with ready-made edited copies, so that nobody needs a picture editor."""
    rows = "\n".join(
        f"""<label class="choice slim"><input type="radio" name="copy" value="{copy.name}">
<span><strong>{escape(words(copy))}</strong>
<span class="help">{escape(copy.name)}</span></span></label>"""
        for copy in copies
    )
    error = f'<p class="error" role="alert">{escape(problem)}</p>' if problem else ""
    return f"""<h1>Upload</h1>
<p class="lead">Every upload is checked before it is stored.</p>
<form class="panel stack loose" method="post" action="/upload" enctype="multipart/form-data">
{error}
<div class="field"><label for="media">A picture or video of yours</label>
<input type="file" id="media" name="media" accept="image/*,video/*"></div>
<fieldset class="stack tight"><legend>Or take one of these edited copies</legend>
<div class="demo-copies">{rows}</div></fieldset>
<div class="field"><label for="caption">Caption</label>
<input type="text" id="caption" name="caption" maxlength="80" value="Look at this"></div>
<div class="row actions"><button class="btn main" type="submit">Upload</button></div>
</form>"""


def outcome(verdict: str, post: Post | None) -> str:
    """What the uploader is told."""
    if verdict == "clear" and post is not None:
        return f"""<h1>Posted</h1><p class="lead">Everybody can see it now.</p>
<p><a class="btn main" href="/p/{post.id}">See the post</a></p>"""
    if verdict == "hold":
        return """<h1>Held: a person will look at it</h1>
<p class="lead">Your upload waits unseen. Nobody else can see it until then.</p>
<p><a class="btn" href="/upload">Upload something else</a></p>"""
    # No reason here, and no promise of one: whoever reported it is told before the uploader is, and
    # a reviewer may tell nobody. See docs/statements.md.
    return """<h1>Not posted</h1>
<p class="lead">Your upload was stopped, and it was not stored.</p>
<p><a class="btn" href="/upload">Upload something else</a></p>"""


def words(copy: PurePath) -> str:
    """``bridge_written-on.jpg`` as people would say it."""
    name, _, edit = copy.stem.partition("_")
    return f"{name.capitalize()}, {edit.replace('-', ' ')}" if edit else name.capitalize()
