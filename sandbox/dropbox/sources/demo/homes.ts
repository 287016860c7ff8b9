import type { DemoPeople } from './people';
import type { Shelf } from './shelf';

/** What lies in members' own homes, with the files that are shared one by one. */
export function demoHomes(shelf: Shelf, people: DemoPeople) {
  const { ada, bruno, chiyo, dmitri, elif, femi, greta, hugo, ines, jonas, rhea, design, engineering, finance } =
    people;
  const { build } = shelf.company;

  const offer = shelf.file(ada.home.root, 'Hiring/Offer letter.pdf', 81_000);
  build.fileMember(offer, greta, 'viewer');
  build.fileMember(offer, ines, 'viewer');
  build.fileMember(offer, rhea, 'viewer');
  build.fileMember(offer, finance, 'viewer');
  build.fileMember(offer, 'candidate@mail.example', 'viewer');
  shelf.files(ada.home.root, ['Hiring/Scorecard.xlsx', 'Notes/2025.md', 'Private/Tax.pdf']);

  const roadmap = shelf.file(bruno.home.root, 'Roadmap.paper', 2_400, { downloadable: false, by: bruno });
  build.fileMember(roadmap, design, 'editor');
  build.fileMember(roadmap, engineering, 'viewer');
  build.fileMember(roadmap, hugo, 'editor');
  shelf.files(bruno.home.root, ['todo.txt', 'src/main.ts', 'src/.gitignore', 'src/README.md', 'src/readme/notes.md']);
  const backups = build.appFolder(bruno, 'Backup Tool');
  shelf.files(backups.root, ['2025-06-01.tar.gz', '2025-06-08.tar.gz']);

  const sketch = shelf.file(chiyo.home.root, 'Studio/スケッチ.png', 220_000);
  build.fileMember(sketch, femi, 'viewer');
  build.sharedLink(sketch, chiyo, 'public');
  shelf.files(chiyo.home.root, ['Studio/ムードボード.pdf', 'Holiday/海.jpg', 'Holiday/山.jpg']);

  shelf.files(dmitri.home.root, ['Expenses/June.xlsx', 'Expenses/July.xlsx', 'Pitch.pptx']);
  shelf.files(elif.home.root, ['Bütçe taslağı.xlsx', 'Reading/Paper one.pdf', 'Reading/Paper two.pdf']);
  shelf.files(femi.home.root, ['Thesis/chapter 1.tex', 'Thesis/chapter 2.tex', 'Thesis/figures/plot.png']);
  shelf.files(greta.home.root, ['NDA template.docx', 'Cases/Acorn v. Oak.docx']);
  shelf.files(hugo.home.root, ['Unfinished.docx', 'Old/Report.pdf']);
  shelf.file(jonas.home.root, 'Ticket export.json', 96_000);
}
