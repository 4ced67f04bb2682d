"""The migration operation behind tables that grow with time.

With TimescaleDB on the server the table becomes a hypertable, without it a table partitioned by
year. Either way one name, one set of constraints, and reads bounded in time touch few pieces.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState


class CreateTimeSeriesModel(migrations.CreateModel):
    """Create a model's table cut into years along one of its columns."""

    def __init__(
        self,
        name: str,
        fields: Any,
        *,
        time_column: str,
        years: tuple[int, int],
        options: Any = None,
        bases: Any = None,
        managers: Any = None,
    ) -> None:
        super().__init__(name, fields, options, bases, managers)
        self.time_column = time_column
        self.years = years

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, Any]]:
        """Return how to write this operation down again."""
        name, _, kwargs = super().deconstruct()
        return name, (), {**kwargs, "time_column": self.time_column, "years": self.years}

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Create the table in the form that the server offers."""
        model = to_state.apps.get_model(app_label, self.name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        if _offers_timescaledb(schema_editor):
            self._create_hypertable(schema_editor, model)
        else:
            self._create_partitions(schema_editor, model)

    def _create_hypertable(
        self, schema_editor: BaseDatabaseSchemaEditor, model: type[models.Model]
    ) -> None:
        schema_editor.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        schema_editor.create_model(model)
        schema_editor.execute(
            "SELECT create_hypertable(%s::regclass, %s::name, "
            "chunk_time_interval => INTERVAL '1 year', create_default_indexes => false)",
            [model._meta.db_table, self.time_column],
        )

    def _create_partitions(
        self, schema_editor: BaseDatabaseSchemaEditor, model: type[models.Model]
    ) -> None:
        quote = schema_editor.quote_name
        table, column = model._meta.db_table, quote(self.time_column)
        definition, params = schema_editor.table_sql(model)
        schema_editor.execute(f"{definition} PARTITION BY RANGE ({column})", params or None)
        indexes = schema_editor._model_indexes_sql(model)  # type: ignore[attr-defined]
        schema_editor.deferred_sql.extend(indexes)
        for year in range(self.years[0], self.years[1] + 1):
            schema_editor.execute(
                f"CREATE TABLE {quote(f'{table}_{year}')} PARTITION OF {quote(table)} "
                f"FOR VALUES FROM ('{year}-01-01T00:00:00Z') TO ('{year + 1}-01-01T00:00:00Z')"
            )
        schema_editor.execute(
            f"CREATE TABLE {quote(f'{table}_default')} PARTITION OF {quote(table)} DEFAULT"
        )
        schema_editor.execute(
            f"CREATE INDEX {quote(f'{table}_{self.time_column}_brin')} "
            f"ON {quote(table)} USING brin ({column})"
        )


def _offers_timescaledb(schema_editor: BaseDatabaseSchemaEditor) -> bool:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'")
        return cursor.fetchone() is not None
