"""Columns that look personal."""

from __future__ import annotations

import pandas as pd
import pytest

from cxlab.loaders.personal import contact_names, why_personal


def _why(name, values):
    return why_personal(name, pd.Series(values, dtype="str"))


@pytest.mark.parametrize(
    "name",
    [
        "RecipientLastName",
        "First Name",
        "E-Mail",
        "email_address",
        "IPAddress",
        "IP Address",
        "Phone",
        "Telefonnummer",
        "Vorname",
        "Apellidos",
        "LocationLatitude",
        "LocationLongitude",
        "Mailing Street",
        "Date of birth",
        "Contact Name",
        "Name",
        "Straße",
    ],
)
def test_by_name(name):
    assert _why(name, ["x", "y"]) == "its name"


@pytest.mark.parametrize(
    "name",
    [
        "Region",
        "item_name",
        "account_name",
        "caller_id",
        "Did the e-mail help?",
        "shipping",
        "hostname",
        "state",
        "LANG",
        "Location (Census Region)",
        "Product name",
        "participation",
    ],
)
def test_names_that_are_not(name):
    assert _why(name, ["x", "y"]) == ""


def test_by_value():
    assert _why("a", ["x@y.de", "z@y.de", ""]) == "e-mail addresses"
    assert _why("b", ["10.0.0.1", "10.0.0.2"]) == "IP addresses"
    assert _why("c", ["+49 30 1234567", "+1 415 555 2671"]) == "phone numbers"
    assert _why("d", ["12175811242", "12175779870"]) == ""
    assert _why("e", ["1.2.3", "2024-01-01"]) == ""
    assert _why("email opened", ["yes", "no", ""]) == ""


def test_contact_names_are_put_together():
    frame = pd.DataFrame(
        {"RecipientFirstName": ["Ana", ""], "RecipientLastName": ["Ruiz", "Solo"], "Contact": ["Jo Bloggs", "x"]},
        dtype="str",
    )
    assert contact_names(frame) == ["Ana Ruiz", "Jo Bloggs", "Ruiz, Ana"]
