import type { Deed, Workspace } from '../../workspace/index.ts';

/** Something done now. @param author the name that a reader gave himself; the account on this computer unless given */
export function deedOf(workspace: Workspace, author: string | undefined): Deed {
  return { by: author ?? workspace.who, time: new Date().toISOString() };
}
