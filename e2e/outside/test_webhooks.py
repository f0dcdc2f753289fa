"""The library of the Standard Webhooks project accepts what we send, and nothing that was changed on the way."""

import json

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from site_under_test import SECRETS


@pytest.mark.parametrize("secret", SECRETS, ids=["old secret", "new secret"])
def test_every_message_verifies_with_either_secret_while_one_replaces_the_other(site, secret):
    assert len(site.hooks.taken) >= 5
    for _, headers, body in site.hooks.taken:
        assert Webhook(secret).verify(body, headers) == json.loads(body)


def test_every_message_has_an_id_of_its_own(site):
    ids = [headers["webhook-id"] for _, headers, _ in site.hooks.taken]
    assert len(set(ids)) == len(ids)


def test_a_changed_byte_another_time_and_another_secret_are_refused(site):
    _, headers, body = site.hooks.taken[0]
    later = str(int(headers["webhook-timestamp"]) + 1)
    for changed, with_headers, secret in [
        (body.replace(b"incident", b"incitent", 1), headers, SECRETS[0]),
        (body, headers | {"webhook-timestamp": later}, SECRETS[0]),
        (body, headers, "whsec_c29tZWJvZHkgZWxzZSdzIGtleSBvZiAzMiBieXRlcyE="),
    ]:
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(changed, with_headers)
