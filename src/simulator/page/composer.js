import { element } from './dom.js';
import { formatSize } from './files.js';

const COUNT_FROM = 1800;
const FILES_MOST_BYTES = 8_000_000;

/** Where one writes: Enter sends, Shift+Enter breaks the line, arrow up in an empty field brings back what was said last. */
export class Composer {
  #form;
  #field;
  #files;
  #chosen;
  #problem;
  #count;
  #send;
  #lastSaid;
  #attached = [];

  constructor({ form, field, files, chosen, problem, count, suggestions }, { send, lastSaid }) {
    this.#form = form;
    this.#field = field;
    this.#files = files;
    this.#chosen = chosen;
    this.#problem = problem;
    this.#count = count;
    this.#send = send;
    this.#lastSaid = lastSaid;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit();
    });
    field.addEventListener('keydown', (event) => this.#key(event));
    field.addEventListener('input', () => this.#measure());
    files.addEventListener('change', () => {
      this.#attach([...files.files]);
      files.value = '';
      field.focus();
    });
    suggestions.addEventListener('click', (event) => {
      const word = event.target.closest('button')?.textContent;
      if (word) void this.#deliver(word, []);
      // On a touch screen the focus would open the keyboard over the answer.
      if (matchMedia('(hover: hover)').matches) field.focus();
    });
  }

  /** Addresses the field to somebody else. */
  address(placeholder) {
    this.#field.placeholder = placeholder;
    this.#report('');
  }

  focus() {
    this.#field.focus();
  }

  #key(event) {
    // Enter also confirms a word of an input method; that one is not ours.
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.#form.requestSubmit();
    } else if (event.key === 'ArrowUp' && this.#field.value === '') {
      event.preventDefault();
      this.#field.value = this.#lastSaid() ?? '';
      this.#measure();
    }
  }

  async #submit() {
    const content = this.#field.value.trim();
    const files = this.#attached;
    if (content === '' && files.length === 0) return;
    this.#field.value = '';
    this.#attach([], true);
    this.#measure();
    if (await this.#deliver(content, files)) return;
    if (this.#field.value === '') this.#field.value = content;
    this.#attach(files);
    this.#measure();
  }

  async #deliver(content, files) {
    try {
      await this.#send(content, await Promise.all(files.map(encoded)));
      this.#report('');
      return true;
    } catch (error) {
      this.#report(error.message);
      return false;
    }
  }

  #attach(files, anew = false) {
    this.#attached = anew ? files : [...this.#attached, ...files].slice(0, 10);
    const size = this.#attached.reduce((sum, file) => sum + file.size, 0);
    if (size > FILES_MOST_BYTES) {
      this.#report(`These files are ${formatSize(size)}; the playground takes ${formatSize(FILES_MOST_BYTES)}.`);
      this.#attached = this.#attached.filter((file) => !files.includes(file));
    }
    this.#chosen.replaceChildren(
      ...this.#attached.map((file) =>
        element(
          'li',
          {},
          `${file.name} (${formatSize(file.size)})`,
          element(
            'button',
            {
              type: 'button',
              'aria-label': `Remove ${file.name}`,
              onclick: () =>
                this.#attach(
                  this.#attached.filter((other) => other !== file),
                  true,
                ),
            },
            '×',
          ),
        ),
      ),
    );
  }

  #measure() {
    const { value, maxLength } = this.#field;
    this.#count.textContent = value.length > COUNT_FROM ? `${maxLength - value.length} left` : '';
    // Where the browser cannot size the field by its content, it is sized here.
    this.#field.style.height = 'auto';
    this.#field.style.height = `${this.#field.scrollHeight}px`;
  }

  #report(problem) {
    this.#problem.textContent = problem;
  }
}

async function encoded(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return { filename: file.name, contentType: file.type || 'application/octet-stream', data: btoa(binary) };
}
