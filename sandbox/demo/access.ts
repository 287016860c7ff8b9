import type { Database } from 'arangojs';
import { findUser } from '../../src/graph/access/users';
import { standalone } from '../../src/graph/driver/graph';
import { readableRecords } from '../../src/graph/readers/readable';

/** Who may read each file, as the simulator's own model computes it. */
interface Truth {
  files: Record<string, { path: string; namespace_id: string; readers: string[] }>;
}

export interface AccessRow {
  email: string;
  /** Number of files that PipesHub would open for the user. */
  readable: number;
  /** Number of files that Dropbox lets the user read. */
  allowed: number;
  /** Paths that PipesHub would show the user and Dropbox would not. */
  tooWide: string[];
  /** Paths that Dropbox shows the user and PipesHub would not. */
  tooNarrow: string[];
}

/** Compares what the graph lets each user read with what Dropbox lets them read. */
export async function compareAccess(
  db: Database,
  dropboxUrl: string,
  orgId: string,
  connectorId: string,
  emails: string[],
): Promise<AccessRow[]> {
  const truth = (await (await fetch(`${dropboxUrl}/sandbox/truth`)).json()) as Truth;
  const rows: AccessRow[] = [];
  for (const email of emails) {
    const user = await findUser(standalone(db), orgId, email);
    const shown = new Map<string, string>();
    if (user) {
      for await (const batch of readableRecords(standalone(db), user._key, connectorId)) {
        for (const record of batch) if (!record.isFolder) shown.set(record.externalRecordId, record.name);
      }
    }
    const allowed = Object.entries(truth.files).filter(([, { readers }]) => readers.includes(email));
    const allowedIds = new Set(allowed.map(([id]) => id));
    rows.push({
      email,
      readable: shown.size,
      allowed: allowed.length,
      tooWide: [...shown].filter(([id]) => !allowedIds.has(id)).map(([id, name]) => truth.files[id]?.path ?? name),
      tooNarrow: allowed.filter(([id]) => !shown.has(id)).map(([, { path }]) => path),
    });
  }
  return rows;
}

export const isExact = (rows: readonly AccessRow[]): boolean =>
  rows.every(({ tooWide, tooNarrow }) => tooWide.length === 0 && tooNarrow.length === 0);
