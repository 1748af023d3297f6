// Who opens a menu by key goes on inside it, and behind it from its last field on; who asks where
// to go (Ctrl+K, app/goto.py) writes at once.
// Streamlit draws what a menu holds at the end of the page and leaves the focus at its button; of a
// dialog it gives the focus to the whole.
(() => {
  const MENU = '[data-testid="stPopoverBody"]';
  const BUTTON = '[data-testid="stPopover"] button';
  const REACHED = "a[href], button, input, textarea, [tabindex]";

  const within = () =>
    [...document.querySelectorAll(MENU)].flatMap((menu) =>
      [...menu.querySelectorAll(REACHED)].filter(
        (each) => !each.disabled && each.tabIndex >= 0 && each.getClientRects().length,
      ),
    );
  const opener = () => document.querySelector(`${BUTTON}[aria-expanded="true"]`);

  const enter = (tries) => {
    const [first] = within();
    if (first) first.focus({ focusVisible: true });
    else if (tries) setTimeout(enter, 50, tries - 1);
  };

  const write = (tries) => {
    const field = document.querySelector('[role="dialog"] input');
    if (field) field.focus({ focusVisible: true });
    // Streamlit takes the focus once more when the dialog has come up.
    if (tries > 0) setTimeout(write, 50, tries - (field ? 4 : 1));
  };

  document.addEventListener(
    "keydown",
    (event) => {
      const at = event.target instanceof Element ? event.target : document.body;
      const button = at.closest(BUTTON);
      const isClosed = button && button.getAttribute("aria-expanded") !== "true";
      if ((event.ctrlKey || event.metaKey) && event.code === "KeyK") {
        setTimeout(write, 50, 60);
      } else if (button && isClosed && (event.key === "Enter" || event.key === " ")) {
        setTimeout(enter, 50, 30);
      } else if (event.key === "Tab" && !event.altKey && !event.ctrlKey) {
        const reached = within();
        if (button && button === opener() && !event.shiftKey && reached.length) {
          event.preventDefault();
          reached[0].focus({ focusVisible: true });
        } else if (at.closest(MENU) && reached.length) {
          if (event.shiftKey && at === reached[0]) event.preventDefault();
          // From the button the browser's own step leads to what stands behind it.
          const isEdge = at === reached.at(event.shiftKey ? 0 : -1);
          if (isEdge) opener()?.focus({ focusVisible: true });
        }
      }
    },
    true,
  );
})();
