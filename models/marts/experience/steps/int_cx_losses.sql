-- One row per date and experience that still costs something then.
{{ config(**increment_by_date('int_cxi_dates')) }}
{{ cx_losses(ref('int_cxi_dates')) }}
where {{ is_touched('dates', 'representatives.subscription_id') }}
