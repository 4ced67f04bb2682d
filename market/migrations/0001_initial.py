import django.core.validators
from django.db import migrations, models

from market.timeseries import CreateTimeSeriesModel


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Instrument",
            fields=[
                (
                    "key",
                    models.CharField(
                        max_length=40,
                        primary_key=True,
                        serialize=False,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[A-Z0-9._-]{1,40}\\Z", "Capitals, digits and . _ - only."
                            )
                        ],
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("equity", "equity"),
                            ("index", "index"),
                            ("currency", "currency pair"),
                            ("crypto", "crypto currency"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "currency",
                    models.CharField(help_text="Of its prices, as in ISO 4217.", max_length=3),
                ),
                ("exchange", models.CharField(max_length=40)),
                (
                    "timezone",
                    models.CharField(help_text="Of the exchange's trading day.", max_length=40),
                ),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["key"],
            },
        ),
        CreateTimeSeriesModel(
            name="Bar",
            time_column="opened_at",
            years=(2000, 2035),
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "instrument_key",
                        "timeframe",
                        "opened_at",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("instrument_key", models.CharField(max_length=40)),
                ("timeframe", models.CharField(max_length=8)),
                ("opened_at", models.DateTimeField()),
                ("closes_at", models.DateTimeField()),
                ("open", models.FloatField()),
                ("high", models.FloatField()),
                ("low", models.FloatField()),
                ("close", models.FloatField()),
                ("volume", models.FloatField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("closes_at__gt", models.F("opened_at"))),
                        name="bar_closes_after_it_opened",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("close__gte", models.F("low")),
                            ("close__lte", models.F("high")),
                            ("high__gte", models.F("open")),
                            ("high__lt", float("inf")),
                            ("low__gt", 0),
                            ("low__lte", models.F("open")),
                        ),
                        name="bar_prices_lie_within_its_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("volume__gte", 0), ("volume__lt", float("inf"))),
                        name="bar_volume_is_a_number",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReplayFeed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.SlugField(max_length=60, unique=True)),
                ("instruments", models.JSONField(help_text="Keys of the instruments it replays.")),
                (
                    "starts_at",
                    models.DateTimeField(
                        help_text="What closed before this was loaded as history."
                    ),
                ),
                (
                    "bars_per_second",
                    models.FloatField(
                        help_text="Sessions per second: each brings one bar of every instrument. 0.01 to 1000; a running replay follows a change at once.",
                        validators=[
                            django.core.validators.MinValueValidator(0.01),
                            django.core.validators.MaxValueValidator(1000.0),
                        ],
                        verbose_name="pace",
                    ),
                ),
                ("paused", models.BooleanField(default=False)),
                (
                    "as_of",
                    models.DateTimeField(
                        help_text="Bars that close by then are recorded.", verbose_name="position"
                    ),
                ),
                ("sessions_done", models.PositiveIntegerField(default=0)),
                ("sessions_total", models.PositiveIntegerField()),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("bars_per_second__gte", 0.01), ("bars_per_second__lte", 1000.0)
                        ),
                        name="replay_pace_is_within_bounds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sessions_done__lte", models.F("sessions_total"))),
                        name="replay_does_not_pass_its_end",
                    ),
                ],
            },
        ),
    ]
