import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0006_version_behaviour"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="scriptversion",
            name="repaints",
            field=models.BooleanField(
                default=False,
                help_text="Its reviewer labelled it: later bars change what it put out.",
            ),
        ),
        migrations.CreateModel(
            name="Product",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=common.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("description", models.TextField(blank=True, max_length=4000)),
                (
                    "signal_name",
                    models.CharField(help_text="What its streams call the signal.", max_length=60),
                ),
                ("created_at", models.DateTimeField()),
                (
                    "listed_at",
                    models.DateTimeField(
                        blank=True, help_text="Since when it is offered.", null=True
                    ),
                ),
                (
                    "retired_at",
                    models.DateTimeField(
                        blank=True, help_text="Since when nobody new can subscribe.", null=True
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "script",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="products",
                        to="registry.script",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="ProductSubscription",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=common.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(blank=True, null=True)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "external_id",
                    models.CharField(
                        blank=True, help_text="What another marketplace calls it.", max_length=80
                    ),
                ),
                ("created_at", models.DateTimeField()),
                (
                    "cancelled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="subscriptions",
                        to="registry.product",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="product_subscriptions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="ExecutionToken",
            fields=[
                (
                    "token_sha256",
                    models.CharField(max_length=64, primary_key=True, serialize=False),
                ),
                ("purpose", models.CharField(max_length=20)),
                ("issued_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="registry.product",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="registry.productsubscription",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ProductUsage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(help_text="In UTC.")),
                ("purpose", models.CharField(max_length=20)),
                ("count", models.PositiveBigIntegerField(default=0)),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="usage",
                        to="registry.product",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="usage",
                        to="registry.productsubscription",
                    ),
                ),
            ],
            options={
                "ordering": ["-day", "product"],
            },
        ),
        migrations.CreateModel(
            name="ReviewComment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line", models.PositiveIntegerField(help_text="1 is the first.")),
                ("source_sha256", models.CharField(max_length=64)),
                ("text", models.TextField(max_length=4000)),
                ("created_at", models.DateTimeField()),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "resolved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="comments",
                        to="registry.scriptversion",
                    ),
                ),
            ],
            options={
                "ordering": ["line", "pk"],
            },
        ),
        migrations.CreateModel(
            name="VersionEvidence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source_sha256", models.CharField(blank=True, max_length=64)),
                ("manifest_sha256", models.CharField(blank=True, max_length=64)),
                ("requested_at", models.DateTimeField(blank=True, null=True)),
                ("made_at", models.DateTimeField(blank=True, null=True)),
                ("report", models.JSONField(default=dict)),
                (
                    "problem",
                    models.CharField(
                        blank=True, help_text="Why it could not be made yet.", max_length=500
                    ),
                ),
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="evidence",
                        to="registry.scriptversion",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "version evidence",
            },
        ),
        migrations.CreateModel(
            name="VersionPolicy",
            fields=[
                (
                    "script",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="version_policy",
                        serialize=False,
                        to="registry.script",
                    ),
                ),
                (
                    "policy",
                    models.CharField(
                        choices=[("locked", "locked"), ("auto", "auto"), ("range", "range")],
                        default="auto",
                        max_length=10,
                    ),
                ),
                ("pinned_version", models.CharField(blank=True, max_length=20)),
                ("min_version", models.CharField(blank=True, max_length=20)),
                ("max_version", models.CharField(blank=True, max_length=20)),
                ("updated_at", models.DateTimeField()),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.UniqueConstraint(
                fields=("script", "signal_name"), name="one_product_per_signal_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="productsubscription",
            constraint=models.UniqueConstraint(
                condition=models.Q(("cancelled_at", None)),
                fields=("product", "user"),
                name="one_standing_subscription_each",
            ),
        ),
        migrations.AddConstraint(
            model_name="productsubscription",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_at", None), ("ends_at__gt", models.F("starts_at")), _connector="OR"
                ),
                name="product_subscriptions_end_after_they_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="productsubscription",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cancelled_at", None), ("cancelled_by", None)),
                    models.Q(("cancelled_at__isnull", False), ("cancelled_by__isnull", False)),
                    _connector="OR",
                ),
                name="cancellations_have_an_actor",
            ),
        ),
        migrations.AddIndex(
            model_name="executiontoken",
            index=models.Index(fields=["expires_at"], name="token_expiry"),
        ),
        migrations.AddConstraint(
            model_name="executiontoken",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires_at__gt", models.F("issued_at"))),
                name="tokens_end_after_they_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="productusage",
            constraint=models.UniqueConstraint(
                fields=("product", "subscription", "day", "purpose"), name="one_usage_count_each"
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewcomment",
            constraint=models.CheckConstraint(
                condition=models.Q(("line__gte", 1)), name="comments_name_a_line"
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewcomment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("resolved_at", None), ("resolved_by", None)),
                    models.Q(("resolved_at__isnull", False), ("resolved_by__isnull", False)),
                    _connector="OR",
                ),
                name="resolutions_have_an_actor",
            ),
        ),
        migrations.AddConstraint(
            model_name="versionevidence",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("made_at", None),
                    models.Q(
                        models.Q(("source_sha256", ""), _negated=True),
                        models.Q(("manifest_sha256", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="evidence_names_what_was_run",
            ),
        ),
        migrations.AddConstraint(
            model_name="versionpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("policy__in", ["locked", "auto", "range"])),
                name="version_policy_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="versionpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("policy", "locked"), _negated=True),
                    models.Q(("pinned_version", ""), _negated=True),
                    _connector="OR",
                ),
                name="locked_policies_name_a_version",
            ),
        ),
        migrations.AddConstraint(
            model_name="versionpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("policy", "range"), _negated=True),
                    models.Q(("min_version", ""), _negated=True),
                    _connector="OR",
                ),
                name="range_policies_name_a_minimum",
            ),
        ),
    ]
