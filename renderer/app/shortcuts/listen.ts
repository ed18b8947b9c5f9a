import { tinykeys } from 'tinykeys';
import { commandIds, keysOf, type CommandId } from '../../state/commands.ts';

/** Keys that a control of each kind needs for itself while it has the focus. */
const ARROWS = ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'PageUp', 'PageDown', 'Home', 'End'];
const PRESSES = ['Enter', ' '];

/**
 * Whether the focused control must get a key press instead of a shortcut: text fields everything but combinations with Control or
 * Command, sliders and lists their arrows, buttons their presses; an open dialog or menu everything.
 */
export function belongsToControl(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey'>, target: Element | null): boolean {
  if (!target) return false;
  if (target.closest('[role="dialog"], [role="menu"], [role="listbox"]')) return true;
  const role = target.getAttribute('role');
  const tag = target.tagName;
  const type = tag === 'INPUT' ? (target as HTMLInputElement).type : '';
  const isText = tag === 'TEXTAREA' || (tag === 'INPUT' && !['range', 'checkbox', 'radio', 'button', 'color', 'file'].includes(type));
  if (isText) return !event.ctrlKey && !event.metaKey;
  if (tag === 'SELECT') return [...ARROWS, ...PRESSES].includes(event.key) || event.key.length === 1;
  if (type === 'range' || type === 'radio' || role === 'tab' || role === 'separator')
    return ARROWS.includes(event.key) || PRESSES.includes(event.key);
  if (tag === 'BUTTON' || tag === 'A' || type !== '') return PRESSES.includes(event.key);
  return false;
}

/** Runs commands by their keys. @param run returns false when the command cannot be used now @returns ends the listening */
export function listenForKeys(target: Window, run: (id: CommandId) => boolean): () => void {
  const bindings: Record<string, (event: KeyboardEvent) => void> = {};
  for (const keys of new Set(commandIds.flatMap((id) => keysOf(id) ?? []))) {
    // One press may mean different things in different rooms; the first that can be used now takes it.
    const meanings = commandIds.filter((id) => keysOf(id) === keys);
    const press = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing) return;
      if (belongsToControl(event, event.target instanceof Element ? event.target : null)) return;
      if (meanings.some(run)) event.preventDefault();
    };
    bindings[keys] = press;
    // Some keyboards need Shift for such a character, some do not.
    if (/^[^\w\s]$/.test(keys)) bindings[`Shift+${keys}`] = press;
  }
  return tinykeys(target, bindings);
}
