"""Build the models on Apache Spark: dbt compiles them for DuckDB, Spark runs them over Parquet.

The tables lie in <home>/spark/tables/<schema>/<name>/, or under CX_SPARK_TABLES. What dbt says is
kept by the digest of the code and of raw's columns: a later build starts at once.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, replace
from graphlib import TopologicalSorter
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from sqlglot.errors import SqlglotError

from cx.build import models_digest, run_dbt
from cx.digest import code_digest, combined
from cx.errors import CheckFailed, UserError
from cx.runs import StepResult
from cx.settings import Settings
from cx.spark_sql import Recursion, Translated, Translator, View
from cx.spark_words import UNKNOWN_TO_SPARK, Untranslatable, spark_type
from cx.warehouse import connected, reading

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# What the rules of cx/spark_rules.py count on; the rest is the site's (docs/scale-out.md).
SESSION = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "false",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.compression.codec": "zstd",
    # Spark 4.3.0 makes an invalid plan with it of a window over a union (PLAN_VALIDATION_FAILED).
    "spark.sql.optimizer.excludedRules": (
        "org.apache.spark.sql.catalyst.optimizer.RemoveRedundantAliases"
    ),
}
_MOST_STEPS = 1000  # a recursion that goes on after so many does not end


@dataclass(frozen=True)
class Model:
    """A model: its table, what Spark runs for it, and the models it comes after."""

    name: str
    table: str
    sql: Translated
    after: list[str]


@dataclass(frozen=True)
class Compiled:
    """What a build needs: the tables that must be there, and the models in any order."""

    inputs: list[str]
    models: list[Model]


def folder(settings: Settings) -> str:
    """Return where the tables lie: CX_SPARK_TABLES, else <home>/spark/tables."""
    return os.environ.get("CX_SPARK_TABLES") or str(settings.home / "spark" / "tables")


def compiled(settings: Settings) -> Compiled:
    """Return every model in Spark's words, compiled by dbt over raw tables without rows."""
    work = settings.home / "spark"
    work.mkdir(parents=True, exist_ok=True, mode=0o700)
    compiler = _compiler(settings)
    with reading(settings) as connection:
        columns = connection.execute(
            "select schema_name, table_name, column_name, data_type from duckdb_columns() "
            "where schema_name in ('raw', 'ops', 'ml') and not internal "
            "order by schema_name, table_name, column_index"
        ).fetchall()
    said = combined(models_digest(), json.dumps(columns))
    digest = combined(said, code_digest("cx"))
    kept, mark = work / "compiled.json", work / "compiled_by_dbt"
    if kept.exists() and (told := json.loads(kept.read_text()))["digest"] == digest:
        return Compiled(told["inputs"], [_model(**model) for model in told["models"]])
    if not mark.exists() or mark.read_text() != said:
        mark.unlink(missing_ok=True)
        _compile(compiler, columns)
        mark.write_text(said)
    result = _translated(compiler)
    written = kept.with_suffix(".building")
    written.write_text(json.dumps({"digest": digest} | asdict(result)))
    written.replace(kept)
    return result


def _model(name: str, table: str, sql: dict, after: list[str]) -> Model:
    parts = [Recursion(**part) if "step" in part else View(**part) for part in sql["parts"]]
    return Model(name, table, Translated(parts, sql["select"]), after)


def _translated(compiler: Settings) -> Compiled:
    manifest = json.loads((compiler.dbt / "manifest.json").read_text())
    nodes = manifest["nodes"] | manifest["sources"]
    models: list[Model] = []
    inputs: set[str] = set()
    with reading(compiler) as connection:
        translator = Translator(connection)
        for name, node in nodes.items():
            if node["resource_type"] != "model":
                continue
            table = f"{node['schema']}.{node['name']}"
            try:
                sql = translator.translated(node["compiled_code"], translator.columns(table))
            except (SqlglotError, duckdb.Error, Untranslatable) as error:
                raise CheckFailed(
                    f"{node['name']} cannot be said in Spark's SQL: {error}; write it in words "
                    "that docs/scale-out.md lists, or add a rule to cx/spark_rules.py"
                ) from error
            after = []
            for other in node["depends_on"]["nodes"]:
                if nodes[other]["resource_type"] == "model":
                    after.append(other)
                else:
                    inputs.add(f"{nodes[other]['schema']}.{nodes[other]['name']}")
            models.append(Model(name, table, sql, after))
    return Compiled(sorted(inputs), models)


def _compiler(settings: Settings) -> Settings:
    """Return the settings of the file without rows that dbt compiles over."""
    return replace(
        settings,
        home=settings.home / "spark",
        warehouse_name="compiler.duckdb",
    )


def _compile(compiler: Settings, columns: list[tuple[str, str, str, str]]) -> None:
    """Let dbt build every model over tables without rows: it compiles them, DuckDB types them."""
    compiler.warehouse.unlink(missing_ok=True)
    tables: dict[tuple[str, str], list[str]] = {}
    for schema, table, column, kind in columns:
        tables.setdefault((schema, table), []).append(f'"{column}" {kind}')
    with connected(compiler) as connection:
        for schema in sorted({schema for schema, _ in tables}):
            connection.execute(f'create schema "{schema}"')
        for (schema, table), told in tables.items():
            connection.execute(f'create table "{schema}"."{table}" ({", ".join(told)})')
    outcome = run_dbt(
        compiler, "build", "--exclude-resource-type", "unit_test", "test", "--full-refresh"
    )
    if outcome.returncode != 0:
        raise CheckFailed(f"dbt could not compile the models: {outcome.stdout[-400:]}")


def export(settings: Settings, tables: list[str]) -> None:
    """Write what the models read and do not make (raw, ops, seeds) as Parquet, beside the home."""
    target = _inputs(settings)
    shutil.rmtree(target, ignore_errors=True)
    for table in tables:
        schema, name = table.split(".")
        source = _compiler(settings) if schema == "seeds" else settings
        with reading(source) as connection:
            columns = connection.execute(
                "select column_name, data_type from duckdb_columns() "
                "where schema_name = ? and table_name = ? order by column_index",
                [schema, name],
            ).fetchall()
            words = ", ".join(
                f'cast("{column}" as {_in_parquet(kind)}) as "{column}"' for column, kind in columns
            )
            place = target / schema / name
            place.mkdir(parents=True)
            connection.sql(f'select {words} from "{schema}"."{name}"').write_parquet(
                str(place / "part-0.parquet"), compression="zstd"
            )


def _in_parquet(kind: str) -> str:
    """Return the type to write: Spark's Parquet knows no UUID and nothing wider than 64 bits."""
    return spark_type(kind).sql("duckdb") if kind in UNKNOWN_TO_SPARK else kind


def refuse_without_spark() -> None:
    """Say at once what is missing.

    Raises
    ------
    UserError
        When pyspark or Java is missing.
    """
    if find_spec("pyspark") is None:
        raise UserError("pyspark is not installed: pip install -c constraints.txt -e '.[spark]'")
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        raise UserError("Spark needs Java 17 or later: install it, or set JAVA_HOME")


def session(
    settings: Settings, master: str | None = None, options: dict[str, str] | None = None
) -> SparkSession:
    """Start a session on CX_SPARK_MASTER, else on this machine's own cores.

    Parameters
    ----------
    options : dict, optional
        Settings of Spark beside those of its own configuration (SPARK_CONF_DIR).
    """
    refuse_without_spark()
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    told = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.warehouse.dir": str(settings.home / "spark" / "catalog"),
    }
    master = master or os.environ.get("CX_SPARK_MASTER")
    if not master:
        master = f"local[{settings.threads}]"
        told["spark.sql.shuffle.partitions"] = str(2 * settings.threads)
    builder = SparkSession.builder.appName("cx").master(master)
    for name, value in (told | (options or {}) | SESSION).items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def run(
    spark: SparkSession,
    settings: Settings,
    work: Compiled,
    at_once: int = 4,
    told: Callable[[str], None] = lambda name: None,
) -> dict[str, float]:
    """Build every model, each after those it reads; return their seconds.

    Parameters
    ----------
    at_once : int
        Models sent to Spark at the same time.
    told : callable
        Called with the name of each model when its table is there.

    Raises
    ------
    CheckFailed
        When Spark refuses one; names it.
    """
    place = folder(settings)
    for table in work.inputs:
        _put(
            spark, _inputs(settings) / table.replace(".", "/"), f"{place}/{table.replace('.', '/')}"
        )
        _register(spark, place, table)
    by_name = {model.name: model for model in work.models}
    order = TopologicalSorter({model.name: model.after for model in work.models})
    order.prepare()
    seconds: dict[str, float] = {}
    sending: dict[Future[float], str] = {}
    with ThreadPoolExecutor(at_once) as pool:
        while order.is_active():
            for name in order.get_ready():
                sending[pool.submit(_build, spark, place, by_name[name])] = name
            done, _ = wait(sending, return_when=FIRST_COMPLETED)
            for future in done:
                name = sending.pop(future)
                try:
                    seconds[name] = future.result()
                except BaseException:
                    pool.shutdown(cancel_futures=True)
                    raise
                order.done(name)
                told(name)
    return seconds


def build_on_spark(settings: Settings) -> StepResult:
    """Build all models on Spark (CX_SPARK_MASTER) from this home's raw tables."""
    refuse_without_spark()
    work = compiled(settings)
    export(settings, work.inputs)
    spark = session(settings)
    try:
        seconds = run(spark, settings, work)
    finally:
        spark.stop()
    return StepResult(len(seconds), f"{len(seconds)} models built on Spark in {folder(settings)}")


def _inputs(settings: Settings) -> Path:
    return settings.home / "spark" / "inputs"


def _put(spark: SparkSession, source: Path, target: str) -> None:
    """Copy a folder to where the executors read: a disk all share, or any store Hadoop knows."""
    hadoop = spark._jvm.org.apache.hadoop.fs
    to = hadoop.Path(target)
    store = to.getFileSystem(spark._jsc.hadoopConfiguration())
    store.delete(to, True)
    store.mkdirs(to.getParent())
    store.copyFromLocalFile(False, True, hadoop.Path(source.as_uri()), to)


def _register(spark: SparkSession, place: str, table: str) -> None:
    schema, name = table.split(".")
    spark.sql(f"create database if not exists `{schema}`")
    spark.sql(f"drop table if exists `{schema}`.`{name}`")
    spark.catalog.createTable(table, f"{place}/{schema}/{name}", "parquet")


def _build(spark: SparkSession, place: str, model: Model) -> float:
    started = time.monotonic()
    schema, name = model.table.split(".")
    try:
        given: dict[str, str] = {}
        for recursion in model.sql.recursions:
            given[recursion.name] = _recursed(
                spark, f"{place}/temp/{name}_{recursion.name}", model.sql, recursion, given
            )
        frame = spark.sql(model.sql.query(model.sql.select, given))
        frame.write.mode("overwrite").parquet(f"{place}/{schema}/{name}")
        _register(spark, place, model.table)
    except Exception as error:
        told = " ".join(str(error).split("\n\tat ", 1)[0].split()) or type(error).__name__
        raise CheckFailed(f"{name}: {told[:600]}") from error
    return time.monotonic() - started


def _recursed(
    spark: SparkSession, place: str, sql: Translated, recursion: Recursion, given: dict[str, str]
) -> str:
    """Follow a recursion to its end; return the query of all its rows.

    Each step's rows are written, so that a lost executor costs one step and no plan grows.
    """

    def written(query: str, name: str) -> str:
        spark.sql(query).write.mode("overwrite").parquet(f"{place}/{name}")
        return f"SELECT * FROM parquet.`{place}/{name}`"

    keys = ", ".join(f"`{key}`" for key in recursion.keys)
    new = written(sql.query(recursion.start, given), "step_0")
    known = written(_one_of_each(new, keys), "known_0")
    for step in range(1, _MOST_STEPS):
        told = sql.query(
            f"SELECT DISTINCT * FROM ({recursion.step})",
            given | {recursion.name: new, recursion.known: known},
        )
        new = written(told, f"step_{step}")
        if spark.sql(new).isEmpty():
            return known
        same = " and ".join(f"old.`{key}` <=> new.`{key}`" for key in recursion.keys)
        known = written(
            f"SELECT old.* FROM ({known}) AS old ANTI JOIN ({new}) AS new ON {same} "
            f"UNION ALL {_one_of_each(new, keys)}",
            f"known_{step}",
        )
    raise CheckFailed(f"{recursion.name}: no end after {_MOST_STEPS} steps")


def _one_of_each(query: str, keys: str) -> str:
    return (
        f"SELECT * EXCEPT (place) FROM (SELECT *, row_number() OVER "
        f"(PARTITION BY {keys} ORDER BY {keys}) AS place FROM ({query})) WHERE place = 1"
    )
