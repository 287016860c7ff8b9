import type { FileBuilder } from './fileBuilder';
import type { DemoPeople } from './people';

/** Folders that members and one external account share from their homes. */
export function demoSharedFolders(files: FileBuilder, people: DemoPeople) {
  const { ada, bruno, chiyo, dmitri, elif, greta, hugo, ines, jonas, rhea, sam, design, studio } = people;
  const { build } = files.company;

  const brand = build.sharedFolder(chiyo, files.folder(chiyo.home.root, 'Studio'), 'Brand assets');
  build.folderMember(brand, dmitri, 'editor');
  build.folderMember(brand, rhea, 'editor');
  build.folderMember(brand, design, 'viewer');
  build.folderMember(brand, studio, 'viewer');
  build.folderMember(brand, 'press@newspaper.example', 'viewer');
  files.addAll(brand.root, [
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
  files.addAll(leads.root, ['Leads 2025.xlsx', 'Calls/Acorn.docx', 'Calls/Zephyr.docx', 'Price list.pdf']);
  build.unmount(elif, leads);

  const venture = build.sharedFolder(rhea, rhea.home.root, 'Joint venture');
  build.folderMember(venture, ada, 'editor');
  build.folderMember(venture, greta, 'viewer');
  files.addAll(venture.root, ['Term sheet.docx', 'Cap table.xlsx', 'Data room/Index.pdf']);

  const handover = build.sharedFolder(hugo, hugo.home.root, 'Handover from Hugo');
  build.folderMember(handover, bruno, 'viewer');
  files.addAll(handover.root, ['Passwords are in the vault.txt', 'Open tickets.csv']);

  const freelance = build.sharedFolder(greta, greta.home.root, 'Translations');
  build.folderMember(freelance, sam, 'editor');
  build.policy(freelance, { viewerInfo: 'disabled' });
  files.addAll(freelance.root, ['Terms EN.docx', 'Terms PT.docx', 'Terms 日本語.docx']);
  return { brand, leads, venture, handover, freelance };
}
