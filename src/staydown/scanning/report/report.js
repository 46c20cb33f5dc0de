'use strict';
(() => {
  const clear = JSON.parse(document.getElementById('pictures').textContent);
  const cards = [...document.querySelectorAll('.copy')];
  const groups = [...document.querySelectorAll('.group')];
  const find = document.getElementById('find');
  const opened = document.getElementById('opened');
  let kind = '';
  let shows = 0;

  // Pictures: the clear one enters the page on a click and leaves it on the next.
  const cover = (button) => {
    button.closest('.look').querySelector('.clear')?.remove();
    button.setAttribute('aria-pressed', 'false');
    button.lastElementChild.textContent = button.dataset.words;
  };
  const show = (button) => {
    const picture = new Image();
    picture.className = 'clear';
    picture.alt = '';
    picture.src = clear[button.dataset.picture];
    button.closest('.look').querySelector('.veil-picture').after(picture);
    button.setAttribute('aria-pressed', 'true');
    button.lastElementChild.textContent = 'Cover it again';
    shows += 1;
    opened.textContent = `Opened so far: ${shows}.`;
  };
  for (const button of document.querySelectorAll('.show')) {
    button.dataset.words = button.lastElementChild.textContent;
    button.hidden = false;
    button.addEventListener('click', () => {
      (button.getAttribute('aria-pressed') === 'true' ? cover : show)(button);
    });
  }
  const coverAll = () => {
    document.querySelectorAll('.show[aria-pressed="true"]').forEach(cover);
  };
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') coverAll();
  });
  addEventListener('pagehide', coverAll);

  // Names: copied to the clipboard where the browser lets a local page do that.
  if (navigator.clipboard) {
    for (const button of document.querySelectorAll('.copy-name')) {
      button.hidden = false;
      button.addEventListener('click', async () => {
        const words = button.textContent;
        await navigator.clipboard.writeText(
          button.closest('.copy').querySelector('.name').textContent,
        );
        button.textContent = 'Copied';
        setTimeout(() => { button.textContent = words; }, 2000);
      });
    }
  }

  // Filter by kind and by text; while one is set, every group with something to show is open.
  const filter = () => {
    const text = find.value.trim().toLowerCase();
    let left = 0;
    for (const card of cards) {
      card.hidden = (kind !== '' && card.dataset.kind !== kind)
        || (text !== '' && !card.dataset.find.includes(text));
      left += card.hidden ? 0 : 1;
    }
    const set = kind !== '' || text !== '';
    groups.forEach((group, number) => {
      const any = group.querySelector('.copy:not([hidden])') !== null;
      group.hidden = !any;
      if (set && any) {
        group.open = true;
        for (const more of group.querySelectorAll('.more')) {
          more.open = more.querySelector('.copy:not([hidden])') !== null;
        }
      } else if (!set) {
        group.open = number < 12;
      }
    });
    document.getElementById('none').hidden = left !== 0;
    document.getElementById('shown').textContent = set ? `${left} shown` : '';
  };
  if (find) {
    document.querySelector('.tools').hidden = false;
    find.addEventListener('input', filter);
    for (const button of document.querySelectorAll('[data-only]')) {
      button.addEventListener('click', () => {
        kind = button.dataset.only;
        for (const other of document.querySelectorAll('[data-only]')) {
          other.setAttribute('aria-pressed', String(other === button));
        }
        filter();
      });
    }
  }

  // Paper gets every fact; pictures never print.
  addEventListener('beforeprint', () => {
    coverAll();
    document.querySelectorAll('details').forEach((part) => { part.open = true; });
  });
})();
