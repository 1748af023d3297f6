"""What a release file says of itself, where no pointer describes it."""

TABLES = """
select schema_name || '.' || table_name as name, estimated_size as row_count
from duckdb_tables()
where database_name = current_database()
"""
# To a reader kept to regions every table is a view.
NAMES = """
select schema_name || '.' || table_name as name
from duckdb_columns()
where database_name = current_database() and not internal
group by all
"""
CLOCK = """
select as_of, batch_id
from marts.metric_value
order by as_of desc
limit 1
"""
