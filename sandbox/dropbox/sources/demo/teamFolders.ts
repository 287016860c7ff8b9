import type { FileBuilder } from './fileBuilder';
import type { DemoPeople } from './people';

const HANDBOOK = [
  ...['Handbook/Welcome.md', 'Handbook/Holidays 2025.pdf', 'Handbook/Travel policy.docx', 'Handbook/Office map.png'],
  ...['Handbook/IT/Laptop setup.md', 'Handbook/IT/VPN.md', 'Handbook/IT/Password manager.pdf', 'Handbook/README.md'],
];
const DIFFICULT_NAMES = [
  ...[
    'Names/Ünïcödé – Straße.txt',
    'Names/会議メモ.docx',
    'Names/🎉 party plan.xlsx',
    'Names/Cafe\u0301 (decomposed).txt',
  ],
  ...[
    'Names/two  spaces and (brackets) & signs %20 #1.pdf',
    'Names/no extension',
    'Names/.hidden',
    'Names/v1.2.tar.gz',
  ],
  ...['Names/dots...in.the..name.txt', 'Names/quote\'s "double".txt', 'Names/UPPER CASE.PDF', 'Names/trailing dot.'],
];
/** 251 bytes. Dropbox refuses names above 255. */
const LONG_NAME = `Names/${'a very long name '.repeat(14).trim()}.md`;

/** Team folders with inheriting and restricted nested folders and an individually shared file. */
export function demoTeamFolders(files: FileBuilder, people: DemoPeople) {
  const company = companyFolder(files, people);
  const engineering = engineeringFolder(files, people);
  const finance = financeFolder(files, people);
  const { build } = files.company;
  const retired = build.teamFolder('Archive 2019');
  build.folderMember(retired, people.ada, 'editor');
  build.folderMember(retired, people.all, 'viewer');
  files.addAll(retired.root, ['Minutes 2019-03.pdf', 'Minutes 2019-09.pdf', 'Old logo.png']);
  return { company, engineering, finance, retired };
}

function companyFolder(files: FileBuilder, { ada, elif, dmitri, all, alumni }: DemoPeople) {
  const { build } = files.company;
  const company = build.teamFolder('Company');
  build.folderMember(company, ada, 'editor');
  build.folderMember(company, all, 'viewer');
  build.folderMember(company, alumni, 'viewer');
  files.addAll(company.root, [...HANDBOOK, ...DIFFICULT_NAMES, LONG_NAME]);
  files.add(company.root, 'Names/empty file.txt', 0);
  files.add(company.root, 'Films/Company day.mp4', 12_000_000);
  files.folder(company.root, 'Nothing in here');
  files.add(company.root, 'Deep/a/b/c/d/e/f/g/h/i/j/k/At the bottom.txt');
  files.add(company.root, 'Press/Taken down.pdf', 40_000, { restricted: true });

  // Restricted: only two of the readers of the team folder may read it. One of its files is shared with a third member.
  const board = build.nestedFolder(company.root, 'Board', false);
  build.folderMember(board, ada, 'editor');
  build.folderMember(board, elif, 'viewer');
  files.addAll(board.root, ['Minutes 2025-01.docx', 'Minutes 2025-04.docx', 'Salaries.xlsx', 'Plans/Merger.pptx']);
  build.fileMember(files.add(board.root, 'Budget 2026.xlsx', 52_000), dmitri, 'viewer');
  return company;
}

function engineeringFolder(files: FileBuilder, { ada, bruno, dmitri, femi, greta, elif, engineering }: DemoPeople) {
  const { build } = files.company;
  const folder = build.teamFolder('Engineering');
  build.folderMember(folder, engineering, 'editor');
  build.folderMember(folder, ada, 'viewer');
  // In the member list, but without access.
  build.folderMember(folder, elif, 'no_access');
  files.addAll(folder.root, [
    ...['Architecture.md', 'Runbooks/Deploy.md', 'Runbooks/Restore a backup.md', 'Runbooks/On call.pdf'],
    ...['Releases/2025.1/notes.md', 'Releases/2025.1/build.log', 'Releases/2025.2/notes.md', 'diagram.drawio'],
  ]);
  for (let number = 1; number <= 130; number += 1) {
    files.add(folder.root, `Measurements/run ${String(number).padStart(3, '0')}.csv`, 400 + number * 7);
  }
  files.add(folder.root, 'Design review.paper', 3_000, { downloadable: false, by: bruno });

  // Inherits and has one more member, who sees only the path to it.
  const incidents = build.nestedFolder(folder.root, 'Incidents', true);
  build.folderMember(incidents, greta, 'viewer');
  files.addAll(incidents.root, ['2025-02-11 outage.md', '2025-05-30 slow search.md', 'Template.docx']);

  const security = build.nestedFolder(folder.root, 'Security', false);
  build.folderMember(security, bruno, 'editor');
  build.folderMember(security, ada, 'viewer');
  files.addAll(security.root, ['Threat model.md', 'Pen test 2025.pdf', 'Keys/Rotation.md']);

  // A restricted folder inside a folder that inherits: two nested namespaces on one path.
  const clients = build.nestedFolder(folder.root, 'Clients', true);
  build.folderMember(clients, dmitri, 'editor');
  files.addAll(clients.root, ['Client list.csv', 'Acorn/Contract.pdf']);
  const zephyr = build.nestedFolder(clients.root, 'Zephyr', false);
  build.folderMember(zephyr, femi, 'editor');
  build.folderMember(zephyr, dmitri, 'viewer');
  files.addAll(zephyr.root, ['Prototype.zip', 'Feedback.docx', 'Photos/On site 1.jpg', 'Photos/On site 2.jpg']);
  return folder;
}

function financeFolder(files: FileBuilder, { ada, jonas, elif, finance }: DemoPeople) {
  const { build } = files.company;
  const folder = build.teamFolder('Finance');
  build.policy(folder, { aclUpdate: 'owner', sharedLink: 'members', member: 'team' });
  build.folderMember(folder, finance, 'editor');
  build.folderMember(folder, ada, 'viewer');
  build.folderMember(folder, jonas, 'viewer_no_comment');
  for (const year of [2023, 2024, 2025]) {
    for (const month of ['01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11', '12']) {
      files.add(folder.root, `Invoices/${year}/${year}-${month} invoice.pdf`, 30_000 + year * Number(month), {
        by: elif,
      });
    }
  }
  files.addAll(folder.root, ['Forecast.xlsx', 'Audit/Letter.pdf', 'Audit/Ledger.csv']);
  return folder;
}
