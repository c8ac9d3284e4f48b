"""What some databases do otherwise than the rest, told to Ibis: then one KPI gives the same frame on all of them.

Ibis compiles an expression with the compiler of the table's backend. Two backends get one that knows more: SQLite has
no intervals and no not-a-number, PostgreSQL does not turn true into 1.0 and takes 1.0 for a decimal.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from typing import Any

import narwhals as nw

_MICROSECONDS = {"D": 86_400_000_000, "h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1_000, "us": 1}


def understood(frame: nw.LazyFrame) -> nw.LazyFrame:
    """An Ibis table as KPIs need it: its backend knows what they ask, its days and moments are times without zone."""
    backend = frame.to_native().get_backend()
    compiler = _compilers().get(backend.name)
    if compiler is not None and not isinstance(backend.compiler, compiler):
        backend.compiler = compiler()
    moments = {}
    for name, kind in frame.collect_schema().items():
        if kind == nw.Date:
            moments[name] = nw.col(name).cast(nw.Datetime("us"))
        elif kind == nw.Datetime:
            moments[name] = nw.col(name) if kind.time_zone is None else nw.col(name).dt.replace_time_zone(None)
    if backend.name == "sqlite":
        # SQLite keeps moments as text and compares them so: one spelling for all, to the second.
        moments = {name: moment.dt.truncate("1s") for name, moment in moments.items()}
    return frame.with_columns(**moments) if moments else frame


def flattened(frame: nw.LazyFrame) -> nw.LazyFrame:
    """The same rows behind a name, where the database cannot read a question of any depth: SQLite's parser stops at
    a hundred. A temporary view of the connection; nothing is computed or copied."""
    table = frame.to_native()
    backend = table.get_backend()
    if backend.name != "sqlite":
        return frame
    import ibis.expr.operations as ops

    question = str(backend.compile(table))
    name = f"cx_{hashlib.sha256(question.encode()).hexdigest()[:24]}"
    backend.con.execute(f'CREATE TEMP VIEW IF NOT EXISTS "{name}" AS {question}')
    place = ops.Namespace(catalog="temp")
    view = ops.DatabaseTable(name=name, schema=table.schema(), source=backend, namespace=place)
    return nw.from_native(view.to_expr())


@functools.cache
def _compilers() -> dict[str, Any]:
    """Backend -> class of its compiler."""
    import sqlglot.expressions as sge
    from ibis.backends.sql.compilers.postgres import PostgresCompiler
    from ibis.backends.sql.compilers.sqlite import SQLiteCompiler

    class Sqlite(SQLiteCompiler):
        """SQLite with whole seconds added to moments, and nothing that is not a number."""

        __slots__ = ()
        UNSUPPORTED_OPS = ()  # Those of the parent are in place; named here they would come before what follows.

        def visit_IsNan(self, op: Any, *, arg: Any) -> Any:
            return sge.false()

        def visit_TimestampTruncate(self, op: Any, *, arg: Any, unit: Any) -> Any:
            if unit.value == "s":
                return self.f.anon.datetime(arg)
            return super().visit_TimestampTruncate(op, arg=arg, unit=unit)

        def _moved(self, op: Any, left: Any, sign: int) -> Any:
            span = op.right.value
            if isinstance(span, dt.timedelta):
                micros = span // dt.timedelta(microseconds=1)
            else:
                micros = int(span) * _MICROSECONDS[op.right.dtype.unit.value]
            return self.f.anon.datetime(left, f"{sign * micros / 1e6:+f} seconds")

        def visit_TimestampAdd(self, op: Any, *, left: Any, right: Any) -> Any:
            return self._moved(op, left, 1)

        def visit_TimestampSub(self, op: Any, *, left: Any, right: Any) -> Any:
            return self._moved(op, left, -1)

    class Postgres(PostgresCompiler):
        """PostgreSQL in which true is 1 and a number with a point is a float."""

        __slots__ = ()

        def visit_Cast(self, op: Any, *, arg: Any, to: Any) -> Any:
            if op.arg.dtype.is_boolean() and (to.is_floating() or to.is_integer()):
                return super().visit_Cast(op, arg=sge.Cast(this=arg, to=sge.DataType.build("int")), to=to)
            return super().visit_Cast(op, arg=arg, to=to)

        def visit_DefaultLiteral(self, op: Any, *, value: Any, dtype: Any) -> Any:
            literal = super().visit_DefaultLiteral(op, value=value, dtype=dtype)
            return self.cast(literal, dtype) if dtype.is_floating() else literal

    return {"sqlite": Sqlite, "postgres": Postgres}
