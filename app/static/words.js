// Streamlit's own words in the reader's language, and the page's language for screen readers.
// It has no catalogue of its own (streamlit/streamlit#1353); the address says which one is read.
(() => {
  const RUSSIAN = {
    "App pages": "Страницы",
    Autosize: "Подогнать ширину",
    "Choose an option": "Выберите",
    "Choose options": "Выберите",
    "Clear all": "Очистить",
    "Clear value": "Очистить",
    "Close Search": "Закрыть поиск",
    "Close fullscreen": "Свернуть",
    "Collapse sidebar": "Закрыть меню",
    Connecting: "Соединение",
    "Connection error": "Нет связи с сервером",
    "Copy to clipboard": "Скопировать",
    Dark: "Тёмная",
    "Expand sidebar": "Открыть меню",
    Format: "Формат",
    Fullscreen: "На весь экран",
    "Hide column": "Скрыть столбец",
    Light: "Светлая",
    "Link to heading": "Ссылка на заголовок",
    "Main menu": "Главное меню",
    "Navigate to home page": "На первую страницу",
    "Next Result": "Следующее",
    "Next page": "Следующая страница",
    "No results": "Ничего не найдено",
    Open: "Открыть",
    Pagination: "Страницы списка",
    "Pin column": "Закрепить столбец",
    "Press Enter to apply": "Enter – применить",
    "Previous Result": "Предыдущее",
    "Previous page": "Предыдущая страница",
    Print: "Печать",
    "Record screen": "Записать экран",
    Search: "Поиск",
    "Select all": "Все",
    "Show chart": "Показать график",
    "Show data": "Показать данные",
    "Show/hide columns": "Столбцы",
    "Skip to main content": "К содержанию",
    "Sort ascending": "По возрастанию",
    "Sort descending": "По убыванию",
    Statistics: "Статистика",
    System: "Как в системе",
    "Type to search": "Введите, что искать",
    "Unpin column": "Открепить столбец",
    "Vega visualization": "График",
  };
  // Its words before one of ours. What it downloads by itself is hidden by those names: they stay.
  const BEFORE = [
    [/^Help for (.+)$/s, "Пояснение: $1"],
    [/^Page (\d+)$/, "Страница $1"],
    [/^(Show data|Show chart|Fullscreen|Close fullscreen|Search|Show\/hide columns)(: .+)$/s, 0],
  ];
  // Where no word of ours stands, so that a product may be called Light.
  const ITS_OWN = [
    '[data-testid^="stMainMenu"]',
    '[data-testid="stTooltipContent"]',
    '[data-testid="stDataFrameColumnMenu"]',
    '[data-testid="InputInstructions"]',
    ".gdg-search-bar",
  ].join(", ");
  const EMPTY = new Set(["No results", "Select all", "Skip to main content", "Connection error"]);
  const MIXED = '[role="listbox"], [role="dialog"], a[href^="#"], [data-testid$="VisibilityMenu"]';
  const NAMED = ["aria-label", "placeholder", "title"];
  const LABELLED = NAMED.map((each) => `:is(a,button,nav,input,div,span)[${each}]`).join(", ");

  const written = new WeakMap(); // what stood where we wrote, by node and attribute

  const inRussian = (text) => {
    if (Object.hasOwn(RUSSIAN, text)) return RUSSIAN[text];
    for (const [form, told] of BEFORE) {
      const found = form.exec(text);
      if (found) return told ? text.replace(form, told) : RUSSIAN[found[1]] + found[2];
    }
    return undefined;
  };

  const settle = (node, name, now, write, isRussian, isOurs) => {
    const kept = written.get(node)?.[name];
    if (kept && kept.ours === now) {
      if (!isRussian) write(kept.its);
      return;
    }
    const ours = isRussian && now && !isOurs ? inRussian(now.trim()) : undefined;
    if (ours === undefined) return;
    written.set(node, { ...written.get(node), [name]: { its: now, ours } });
    write(ours);
  };

  const texts = (box) => {
    const found = [];
    const walk = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) found.push(walk.currentNode);
    return found;
  };

  const sweep = () => {
    const told = new URLSearchParams(location.search).get("lang");
    if (told === "ru" || told === "en") document.documentElement.lang = told;
    const isRussian = document.documentElement.lang === "ru";
    for (const node of document.querySelectorAll(LABELLED)) {
      for (const name of NAMED) {
        const now = node.getAttribute(name);
        if (now) settle(node, name, now, (text) => node.setAttribute(name, text), isRussian);
      }
    }
    const each = (boxes, isOurs) => {
      for (const box of document.querySelectorAll(boxes)) {
        for (const node of texts(box)) {
          const write = (text) => (node.data = text);
          settle(node, "data", node.data, write, isRussian, isOurs(node.data.trim()));
        }
      }
    };
    each(ITS_OWN, () => false);
    each(MIXED, (text) => !EMPTY.has(text));
  };

  let waiting = 0;
  const soon = () => {
    waiting ||= setTimeout(() => {
      waiting = 0;
      sweep();
    }, 60);
  };
  new MutationObserver(soon).observe(document.documentElement, {
    attributeFilter: NAMED,
    characterData: true,
    childList: true,
    subtree: true,
  });
  soon();
})();
