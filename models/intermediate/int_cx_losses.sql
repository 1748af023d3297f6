-- One row per date, subscription, domain and root problem that still costs something.
{{ cx_losses(ref('int_cxi_dates')) }}
