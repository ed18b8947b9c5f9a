import type { IpcMain, IpcMainInvokeEvent, WebContents } from 'electron';
import * as z from 'zod';
import { id } from '../core/service/api/common.ts';
import { locateRequest } from '../core/service/api/control.ts';
import { isAppPage } from './app-origin.ts';
import type { NoticeName, Notices, RequestName, Requests } from './channels.ts';

/** What each request may carry: the page is not trusted to send what its types say. */
const argumentSchemas: { [N in RequestName]: z.ZodType<Requests[N]['argument']> } = {
  'pick-files': z.enum(['scans', 'labels', 'model']),
  'pick-folder': z.enum(['scans', 'labels', 'model']),
  'register-dropped': z.array(z.string().min(1).max(32_768)).min(1).max(100_000),
  reveal: locateRequest,
  'save-report': id,
  'window-state': z.null(),
  'take-opened': z.null(),
};

export type RequestHandlers = { readonly [N in RequestName]: (argument: Requests[N]['argument']) => Promise<Requests[N]['answer']> };

/** Answers the preload of one window. Whoever else asks (a frame, another window, another page) is refused. */
export function answerRequests(ipcMain: Pick<IpcMain, 'handle'>, window: () => WebContents | undefined, handlers: RequestHandlers): void {
  for (const [name, schema] of Object.entries(argumentSchemas) as [RequestName, z.ZodType][]) {
    // What its schema lets through is what the handler of the same name takes.
    const handler = handlers[name] as (argument: unknown) => Promise<unknown>;
    ipcMain.handle(name, async (event: IpcMainInvokeEvent, argument: unknown) => {
      if (!isFromPage(event, window())) throw new Error('Only the window of Tessera may ask this.');
      const checked = schema.safeParse(argument);
      if (!checked.success) throw new Error(`${name} was asked for in a way it does not know.`);
      return handler(checked.data);
    });
  }
}

/** Whether the top frame of our window, showing our page, asks. */
function isFromPage({ sender, senderFrame }: IpcMainInvokeEvent, contents: WebContents | undefined): boolean {
  return contents !== undefined && sender === contents && senderFrame === contents.mainFrame && isAppPage(senderFrame.url);
}

/** Tells the page something. */
export function notify<N extends NoticeName>(contents: Pick<WebContents, 'send'>, name: N, notice: Notices[N]): void {
  contents.send(name, notice);
}
