import { csvText } from '../../base/csv.ts';
import type { AuditEntry, Workspace } from '../../workspace/index.ts';
import { AUDIT_PAGE, type AuditTrail } from '../api/work.ts';

/** Who did what with a scan or with all, the latest first. @param before number of the entry before which the page ends */
export async function auditTrailOf(workspace: Workspace, scan?: string, before = Infinity): Promise<AuditTrail> {
  const [entries, verdict] = await Promise.all([entriesOf(workspace, scan), workspace.verifyAudit()]);
  const older = entries.filter(({ n }) => n < before).reverse();
  const page = older.slice(0, AUDIT_PAGE).map(({ n, time, who, what, model, about }) => ({
    n,
    time,
    who,
    what,
    ...(model === undefined ? {} : { model }),
    about,
  }));
  return { entries: page, more: older.length > page.length, broken: verdict.ok ? null : { line: verdict.line, problem: verdict.problem } };
}

const ABOUT = ['scan', 'layer', 'by', 'reader'];

/** The same as a table (RFC 4180), the oldest first. */
export async function auditCsv(workspace: Workspace, scan?: string): Promise<string> {
  const header = ['n', 'time', 'account', 'what', 'by', 'reader', 'scan', 'layer', 'model', 'details', 'hash'];
  const rows = (await entriesOf(workspace, scan)).map(({ n, time, who, what, model, about, hash }) => {
    const more = Object.entries(about).filter(([key]) => !ABOUT.includes(key));
    const details = more.map(([key, value]) => `${key}=${value}`).join('; ');
    return [n, time, who, what, about['by'], about['reader'], about['scan'], about['layer'], model, details, hash];
  });
  return csvText([header, ...rows]);
}

async function entriesOf(workspace: Workspace, scan: string | undefined): Promise<AuditEntry[]> {
  const entries = await workspace.auditEntries();
  return scan === undefined ? entries : entries.filter(({ about }) => about['scan'] === scan);
}
