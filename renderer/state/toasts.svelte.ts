import { isAbort, reportOf, type ErrorReport } from '../api/errors.ts';

export interface ToastAction {
  readonly label: string;
  readonly run: () => void;
}
export interface Toast {
  readonly id: number;
  readonly tone: 'good' | 'plain' | 'bad';
  readonly title: string;
  readonly text?: string | undefined;
  readonly advice?: string | undefined;
  readonly action?: ToastAction | undefined;
}

/** Short notices. Good news leaves by itself; a failure stays until it is read. */
export class Toasts {
  items = $state.raw<readonly Toast[]>([]);
  #next = 1;

  show(toast: Omit<Toast, 'id'>): number {
    const id = this.#next++;
    // The newest few are enough: an import of a thousand broken files must not cover the window.
    this.items = [...this.items, { ...toast, id }].slice(-4);
    return id;
  }

  /** Tells what failed, in the host's words. Work that the page itself gave up is no failure. */
  error(error: unknown, title: string): void {
    if (!isAbort(error)) this.report(reportOf(error), title);
  }

  report(report: ErrorReport, title: string): void {
    const text = report.subject === undefined ? report.message : `${report.subject}: ${report.message}`;
    this.show({ tone: 'bad', title, text, advice: report.advice });
  }

  dismiss(id: number): void {
    this.items = this.items.filter((toast) => toast.id !== id);
  }
}
