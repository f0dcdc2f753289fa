"""Python's own reader of mail and a verifier of DKIM read what we send."""

import base64
import email
import email.policy
import re
import subprocess

import dkim
import httpx

from site_under_test import READER, SELECTOR


def read(mail):
    return email.message_from_bytes(mail, policy=email.policy.default)


def news(site):
    """Every mail but the question whether the reader wants any."""
    return site.mailbox.mails[1:]


def public_key(site):
    """The DNS record that an operator would publish."""
    words = ["openssl", "rsa", "-in", site.key, "-pubout", "-outform", "DER"]
    der = subprocess.run(words, check=True, capture_output=True).stdout
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)


def test_mails_are_read_without_a_defect(site):
    assert len(news(site)) >= 5
    for mail in map(read, site.mailbox.mails):
        parts = list(mail.walk())
        assert [part.defects for part in parts if part.defects] == []
        assert mail["To"].addresses[0].addr_spec == READER and mail["Date"].datetime
        assert mail["Auto-Submitted"] == "auto-generated"
        kinds = [part.get_content_type() for part in parts]
        assert kinds == ["multipart/alternative", "text/plain", "text/html"]
    subjects = [read(mail)["Subject"] for mail in site.mailbox.mails]
    assert any('Orders fail: <b>"429"</b> & more' in subject for subject in subjects), subjects


def test_signatures_hold_and_cover_what_unsubscribes(site):
    record = public_key(site)
    for mail in site.mailbox.mails:
        assert dkim.verify(mail, dnsfunc=lambda *_, **__: record)
    for mail in news(site):
        covered = re.search(r"\bh=([^;]+)", re.sub(r"\s+", "", read(mail)["DKIM-Signature"]))[1].lower().split(":")
        assert {"from", "to", "subject", "date", "list-unsubscribe", "list-unsubscribe-post"} <= set(covered)
        assert f"s={SELECTOR};" in re.sub(r"\s+", "", read(mail)["DKIM-Signature"])


def test_a_changed_byte_breaks_the_signature(site):
    record = public_key(site)
    changed = news(site)[0].replace(b"Subject: ", b"Subject: Re: ", 1)
    assert not dkim.verify(changed, dnsfunc=lambda *_, **__: record)


def test_one_click_leaves_and_a_program_that_follows_links_does_not(site):
    mail = read(news(site)[-1])
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = re.fullmatch(r"<https://status\.harbour\.example(/unsubscribe/\w+)>", mail["List-Unsubscribe"])[1]

    def state():
        listed = site.client.get("/api/v1/subscribers").json()["subscribers"]
        return [one["state"] for one in listed if one["target"] == READER]

    for _ in range(100):
        assert httpx.get(site.origin + link).status_code == 200
    assert state() == ["confirmed"]
    assert httpx.post(site.origin + link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert state() in ([], ["gone"])
