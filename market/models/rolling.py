"""How far the ticks of each instrument have been made into bars."""

from __future__ import annotations

from django.db import models


class FormingBar(models.Model):
    """Where the minute bars of one instrument stand: what is closed, what is open, and until when.

    Whoever makes bars of an instrument's ticks holds its row. The numbers of an open bar are those
    of its ticks, which are stored; they are read once, when it closes.
    """

    instrument_key = models.CharField("instrument", max_length=40, primary_key=True)
    newest_at = models.DateTimeField(help_text="Of the newest tick that counts.")
    heard_at = models.DateTimeField(help_text="When that tick came.")
    closed_until = models.DateTimeField(null=True, help_text="Ticks before this are late.")
    open_since = models.DateTimeField(null=True, help_text="The oldest open bar opened then.")
    due_at = models.DateTimeField(
        null=True, help_text="When the clock closes that bar, unless a tick does so earlier."
    )

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="forming_bars_by_due_time")]

    def __str__(self) -> str:
        return f"{self.instrument_key} up to {self.newest_at:%Y-%m-%d %H:%M:%S}"
