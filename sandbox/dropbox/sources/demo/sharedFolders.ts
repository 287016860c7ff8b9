import type { DemoPeople } from './people';
import type { Shelf } from './shelf';

/** Folders that members, and one outsider, have shared out of their own homes. */
export function demoSharedFolders(shelf: Shelf, people: DemoPeople) {
  const { ada, bruno, chiyo, dmitri, elif, greta, hugo, ines, jonas, rhea, sam, design, studio } = people;
  const { build } = shelf.company;

  const brand = build.sharedFolder(chiyo, shelf.folder(chiyo.home.root, 'Studio'), 'Brand assets');
  build.folderMember(brand, dmitri, 'editor');
  build.folderMember(brand, rhea, 'editor');
  build.folderMember(brand, design, 'viewer');
  build.folderMember(brand, studio, 'viewer');
  build.folderMember(brand, 'press@newspaper.example', 'viewer');
  shelf.files(brand.root, [
    'Logo.svg',
    'Logo@2x.png',
    'Colours.md',
    'Fonts/Licence.txt',
    '写真/店舗 1.jpg',
    '写真/店舗 2.jpg',
  ]);
  build.placeMount(dmitri, brand, dmitri.home.root, 'Logos from Chiyo');

  const leads = build.sharedFolder(dmitri, dmitri.home.root, 'Leads');
  build.folderMember(leads, elif, 'viewer');
  build.folderMember(leads, jonas, 'editor');
  build.folderMember(leads, ines, 'editor');
  shelf.files(leads.root, ['Leads 2025.xlsx', 'Calls/Acorn.docx', 'Calls/Zephyr.docx', 'Price list.pdf']);
  build.unmount(elif, leads);

  const venture = build.sharedFolder(rhea, rhea.home.root, 'Joint venture');
  build.folderMember(venture, ada, 'editor');
  build.folderMember(venture, greta, 'viewer');
  shelf.files(venture.root, ['Term sheet.docx', 'Cap table.xlsx', 'Data room/Index.pdf']);

  const handover = build.sharedFolder(hugo, hugo.home.root, 'Handover from Hugo');
  build.folderMember(handover, bruno, 'viewer');
  shelf.files(handover.root, ['Passwords are in the vault.txt', 'Open tickets.csv']);

  const freelance = build.sharedFolder(greta, greta.home.root, 'Translations');
  build.folderMember(freelance, sam, 'editor');
  build.policy(freelance, { viewerInfo: 'disabled' });
  shelf.files(freelance.root, ['Terms EN.docx', 'Terms PT.docx', 'Terms 日本語.docx']);
  return { brand, leads, venture, handover, freelance };
}
