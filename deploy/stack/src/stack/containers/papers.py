"""What the containers print, mail and send to phones, in three scripts: nothing that it takes was left out of them."""

import base64
import secrets
import unicodedata
from typing import Any

from stack import printed
from stack.buyer import Buyer, StackClient, build, schedule
from stack.samples import NAMES
from stack.waiting import until

SCRIPTS = {"latin": "LATIN", "hindi": "DEVANAGARI", "tamil": "TAMIL"}  # as names of characters begin


async def faults(client: StackClient) -> list[str]:
    """What is wrong with ticket, invoice, mail and SMS of a sale in each script, a line each."""
    wrong = []
    for script in SCRIPTS:
        try:
            wrong += [f"{script}: {fault}" for fault in await _faults_in(client, script)]
        except TimeoutError:
            wrong.append(f"{script}: a paper, mail or SMS did not come")
    return wrong


async def _faults_in(client: StackClient, script: str) -> list[str]:
    language, title, *_ = NAMES[script]
    buyer, letters = await client.buyer(), SCRIPTS[script]
    await buyer.with_retries("PATCH", "/api/users/me", {"prefs": {"language": language}})
    showtime = await schedule(client, await build(client, title=title))
    booking = await buyer.shown((await buyer.buy(showtime, ["A1", "A2"]))["id"])
    mail = await until(lambda: _mail(buyer, booking["reference"]))
    papers = {name: await _pdf(buyer, f"/api/bookings/{booking['id']}/{name}.pdf") for name in ("ticket", "invoice")}
    papers |= {
        f"the mail's {part['filename']}": base64.b64decode(part["base64"])
        for part in mail["attachments"]
        if part["contentType"].startswith("application/pdf")
    }
    pages = {name: printed.read(pdf) for name, pdf in papers.items()}
    wrong = [f"{name}: {page.missing} glyphs are empty boxes" for name, page in pages.items() if page.missing]
    if not _has(pages["ticket"].text, letters):
        wrong.append(f"the ticket has no letter of it: {pages['ticket'].text[:200]}")
    if len(papers) != 3:
        wrong.append(f"the papers are {', '.join(papers)}")
    if not _has(mail["text"], letters):
        wrong.append(f"the mail has no letter of it: {mail['text'][:200]}")
    if not await _sms(buyer):
        wrong.append("no SMS came")
    return wrong


def _has(text: str, letters: str) -> bool:
    return any(unicodedata.name(letter, "").startswith(letters) for letter in text)


async def _pdf(buyer: Buyer, path: str) -> bytes:
    """A PDF once it is drawn: an invoice's number takes a moment."""
    url, headers = buyer.client.stack_info["gateway"] + path, {"Authorization": f"Bearer {buyer.token}"}

    async def drawn() -> bytes | None:
        async with buyer.client.http.get(url, headers=headers) as answer:
            return await answer.read() if answer.status == 200 else None

    return await until(drawn, every=0.2)


async def _mail(buyer: Buyer, reference: str) -> Any:
    mails = await buyer.client.mails(buyer.user["email"])
    return next((mail for mail in mails if reference in mail["text"] and mail["attachments"]), None)


async def _sms(buyer: Buyer) -> bool:
    """Whether a phone gets the code that verifies it."""
    phone = f"+9198{secrets.randbelow(10**8):08}"
    await buyer.with_retries("PATCH", "/api/users/me", {"phone": phone})
    url = f"{buyer.client.stack_info['simulators']['twilio']}/_sim/messages"

    async def come() -> bool:
        return any(message["to"] == phone for message in (await buyer.client.call("GET", url)).body)

    return await until(come, every=0.2)
