-- One row per date and experience that still costs something then.
{{ cx_losses(ref('int_cxi_dates')) }}
