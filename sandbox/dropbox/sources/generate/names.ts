import type { Random } from '../random';

const GIVEN = [
  ...['Ada', 'Ben', 'Chiara', 'Dmitri', 'Elif', 'Femi', 'Greta', 'Hugo', 'Inès', 'Jonas', 'Kofi', 'Léa', 'Mateus'],
  ...['Noor', 'Olga', 'Priya', 'Quentin', 'Rosa', 'Søren', 'Tomáš', 'Uma', 'Viktor', 'Wanda', 'Ximena', 'Yuki', 'Zoë'],
];
const SURNAMES = [
  ...['Almeida', 'Bergström', 'Costa', 'Dubois', 'Eriksen', 'Fischer', 'García', 'Hansen', 'Ivanova', 'Jansen'],
  ...['Kowalski', 'Lindqvist', 'Müller', 'Nakamura', 'O’Brien', 'Patel', 'Quintana', 'Rossi', 'Şahin', 'Tanaka'],
  ...['Ueda', 'Varga', 'Weber', 'Xu', 'Yılmaz', 'Zhang'],
];
const DEPARTMENTS = [
  ...['Engineering', 'Design', 'Finance', 'Sales', 'Legal', 'Marketing', 'People', 'Support', 'Research', 'Operations'],
  ...['Security', 'Data', 'Product', 'Facilities', 'Partners'],
];
const SUBJECTS = [
  ...['Contract', 'Invoice', 'Budget', 'Roadmap', 'Minutes', 'Proposal', 'Offer', 'Report', 'Forecast', 'Brief'],
  ...['Übersicht', 'Angebot', 'Présentation', 'Relatório', 'Отчёт', '会議メモ', '契約書', 'Sözleşme', 'Analysis'],
  ...['Interview notes', 'Release checklist', 'Press kit', 'Photo', 'Screenshot', 'Recording', 'Export', 'Backup'],
];
const QUALIFIERS = [
  ...['draft', 'final', 'final v2', 'signed', 'internal', 'Q1', 'Q2', 'Q3', 'Q4', '2023', '2024', '2025', 'v1.2'],
  ...['EMEA', 'APAC', 'Kunde Süd', 'été', 'old', 'copy', 'for review', '№ 7', '(scan)', '– approved'],
];
const FOLDERS = [
  ...['Archive', 'Clients', 'Contracts', 'Drafts', 'Images', 'Invoices', 'Meetings', 'Planning', 'Projects', 'Reports'],
  ...['Templates', 'Temp', 'Données', 'Vorlagen', '資料', 'src', 'docs', 'assets', '2023', '2024', '2025', 'v1.0'],
];
const EXTENSIONS = [
  ...['.pdf', '.pdf', '.pdf', '.docx', '.docx', '.docx', '.xlsx', '.xlsx', '.pptx', '.txt', '.md', '.csv', '.jpg'],
  ...['.jpg', '.png', '.png', '.PNG', '.zip', '.json', '.ts', '.py', '.html', '.msg', '.mp4', '.tar.gz', ''],
];
const CLOUD_DOCUMENT = '.paper';

export function personName(random: Random): { givenName: string; surname: string } {
  return { givenName: random.pick(GIVEN), surname: random.pick(SURNAMES) };
}

/** The number makes the address unique. */
export function emailOf({ givenName, surname }: { givenName: string; surname: string }, number: number): string {
  const plain = (text: string) =>
    text
      .normalize('NFD')
      .replace(/[^a-zA-Z]/g, '')
      .toLowerCase();
  return `${plain(givenName)}.${plain(surname)}${number}@example.com`;
}

/** Names repeat after all departments have been used, so later ones get a number. */
export function departmentName(number: number): string {
  const name = DEPARTMENTS[number % DEPARTMENTS.length] ?? 'Department';
  const round = Math.floor(number / DEPARTMENTS.length);
  return round === 0 ? name : `${name} ${round + 1}`;
}

/** The number makes the name unique. */
export function sharedFolderName(random: Random, number: number): string {
  return `${random.pick(FOLDERS)} ${random.pick(QUALIFIERS)} ${number}`;
}

export function folderName(random: Random): string {
  return random.chance(0.3) ? `${random.pick(FOLDERS)} ${random.pick(QUALIFIERS)}` : random.pick(FOLDERS);
}

/** A file name. With the number, names in one folder are mostly different. */
export function fileName(random: Random, number: number): string {
  const shape = random.next();
  if (shape < 0.01) return `.${random.pick(['env', 'gitignore', 'DS_Store', 'editorconfig'])}${number}`;
  if (shape < 0.06) return `IMG_${String(random.below(10_000)).padStart(4, '0')}.jpg`;
  if (shape < 0.07) return `${random.pick(SUBJECTS)} ${number}${CLOUD_DOCUMENT}`;
  const qualifier = random.chance(0.6) ? ` ${random.pick(QUALIFIERS)}` : '';
  return `${random.pick(SUBJECTS)}${qualifier} ${number}${random.pick(EXTENSIONS)}`;
}

/** Whether the name is that of a cloud document, which can be exported but not downloaded. */
export function isCloudDocument(name: string): boolean {
  return name.endsWith(CLOUD_DOCUMENT);
}
