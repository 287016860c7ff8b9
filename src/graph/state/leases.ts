import { inTransaction, type StandaloneGraph } from '../driver/graph';
import { defineQuery } from '../driver/query';

const COLLECTION = 'dropboxLeases';

interface Lease {
  holder: string;
  /** ms */
  until: number;
}

const byName = defineQuery<{ name: string }, Lease>(
  'leases.byName',
  `FOR lease IN dropboxLeases
     FILTER lease._key == @name
     RETURN KEEP(lease, "holder", "until")`,
  { name: 'metrics' },
);

/** Takes or extends a lease. False: another holder has it, and has extended it in time. */
export async function takeLease(
  graph: StandaloneGraph,
  { name, holder, now, forMs }: { name: string; holder: string; now: number; forMs: number },
): Promise<boolean> {
  return inTransaction(graph, [COLLECTION], async (tx) => {
    const [lease] = await tx.run(byName, { name });
    // The clocks of two processes differ a little. A lease that ends much later is that of a clock which was wrong.
    const isHeld = lease !== undefined && lease.until > now && lease.until <= now + 2 * forMs;
    if (isHeld && lease.holder !== holder) return false;
    await tx.insertAll(COLLECTION, [{ _key: name, holder, until: now + forMs } as Lease & { _key: string }], 'replace');
    return true;
  });
}
