"""``staydown verify``: whether a receipt or record is signed by a key, and unchanged since."""

from __future__ import annotations

from pathlib import Path

import click

from staydown.cli.console import Console, console_options
from staydown.cli.inputs import DASH, STDIN_NAME
from staydown.cli.statuses import ExitStatus


@click.command()
@click.argument("file", metavar="FILE")
@click.option(
    "--key",
    "key_files",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The service's public keys (PEM), from its page /key/, or a receipt that you got from it "
    "earlier; may be given several times.",
)
@click.option(
    "--fingerprint",
    "fingerprints",
    multiple=True,
    metavar="HEX",
    help="Trust the key inside where it has this fingerprint; may be given several times.",
)
@click.option(
    "--authority",
    "authority_files",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file with the certificate of a timestamp authority, in PEM.",
)
@console_options
def verify(
    console: Console,
    *,
    file: str,
    key_files: tuple[Path, ...],
    fingerprints: tuple[str, ...],
    authority_files: tuple[Path, ...],
) -> ExitStatus:
    """Check a receipt or the record of a case: who signed it, and that nothing was changed.

    Works offline. FILE is a receipt (notes-1.json) or a whole record (notes.zip).

    Give the public key of the service with --key. Get it from the service itself: its page /key/,
    such as https://example.org/key/, or a receipt that you got from it earlier. A key that came
    with FILE proves nothing: whoever made FILE could have made it.

    The exit status is 0 where it is signed by that key and unchanged, 3 where the key is another
    or none was given, 4 where it is no receipt, 7 where it was changed.
    """
    from staydown.cli.verify import checking, given, words  # noqa: PLC0415 - loads when it is called
    from staydown.cli.verify.documents import State  # noqa: PLC0415 - as above
    from staydown.cli.verify.stamps import certificates_in  # noqa: PLC0415 - as above

    data = given.file_given(file)
    keys = given.keys_given(key_files, fingerprints, data=data)
    pems = [(given.limited(path), str(path)) for path in authority_files]
    authorities = [one for pem, name in pems for one in certificates_in(pem, name)]
    found, stamp = checking.check(data, keys=keys, authorities=authorities)
    name = STDIN_NAME if file == DASH else file
    text = words.report(name, found, stamp, key=keys.trusted.get(found.key, ""))
    console.record(checking.row_of(name, found, stamp), text)
    return {
        State.SIGNED: ExitStatus.DONE,
        State.UNKNOWN_KEY: ExitStatus.INCOMPLETE,
        State.NOT_RECEIPT: ExitStatus.INPUT,
        State.CHANGED: ExitStatus.CONFIG,
    }[found.state]
