"""Release → people: the Streamlit app."""
