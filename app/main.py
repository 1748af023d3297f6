"""The script every visit runs: choose a release and a language, then draw the page asked for."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app import components, serving
from app.i18n import settle_language, t
from cx.release import NoRelease

# The pages live in views/, because Streamlit takes a folder named pages/ for its older way of
# making pages and would run one without this script.
FOLDER = Path(__file__).parent


def main() -> None:
    """Draw one page run."""
    st.set_page_config(
        page_title="CX Insights",
        page_icon=str(FOLDER / "static" / "favicon.svg"),
        layout="wide",
    )
    settle_language()
    st.logo(str(FOLDER / "static" / "logo.svg"), icon_image=str(FOLDER / "static" / "favicon.svg"))
    page = st.navigation(
        [
            st.Page("views/overview.py", title=t("overview"), default=True),
            st.Page("views/service_impact.py", title=t("service"), url_path="service-impact"),
            st.Page("views/churn.py", title=t("churn"), url_path="churn"),
            st.Page("views/customer.py", title=t("customer"), url_path="customer"),
        ],
        position="top",
    )
    components.frame()
    try:
        chosen = serving.choose()
    except NoRelease as error:
        st.session_state.pop("shown", None)
        components.no_release(error)
        components.watch()
        return
    if st.session_state.setdefault("release_seen", chosen.release.version) != (
        chosen.release.version
    ):
        st.session_state["release_seen"] = chosen.release.version
        st.session_state["is_replaced"] = True
    try:
        page.run()
    except Exception as error:  # the page's last door: nobody sees a trace
        serving.on_script_error(error)
    components.watch()


if __name__ == "__main__":
    main()
