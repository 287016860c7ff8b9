import type { TeamModel } from '../../sandbox/dropbox/model';
import { limits } from '../support/limits';
import { Stack } from '../support/stack';

jest.setTimeout(limits.syncs);

it.each<TeamModel>(['B', 'C'])(
  'the graph of a team of model %s equals what each member sees in their root and in other namespaces they can open',
  async (model) => {
    const stack = await Stack.startInProcess({ model });
    try {
      await stack.create('c');
      expect((await stack.run(['sync', 'c'])).code).toBe(0);
      const { code, json } = await stack.run(['verify', 'c', '--json']);
      expect(json()).toMatchObject({ ok: true, findings: [], missing: 0, tooWide: 0, tooNarrow: 0 });
      expect(code).toBe(0);
      const truth = (await (await fetch(`${stack.dropbox.url}/sandbox/truth`)).json()) as {
        files: Record<string, { readers: string[] }>;
      };
      // Every file that has a reader was compared as one of its readers.
      const readable = Object.values(truth.files).filter(({ readers }) => readers.length > 0);
      expect(json().files.dropbox).toBe(readable.length);
    } finally {
      await stack.close();
    }
  },
);
