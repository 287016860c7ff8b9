import type { FileBuilder } from './fileBuilder';
import type { DemoPeople } from './people';

/** The content of the members' homes, including the files that are shared individually. */
export function demoHomes(files: FileBuilder, people: DemoPeople) {
  const { ada, bruno, chiyo, dmitri, elif, femi, greta, hugo, ines, jonas, rhea, design, engineering, finance } =
    people;
  const { build } = files.company;

  const offer = files.add(ada.home.root, 'Hiring/Offer letter.pdf', 81_000);
  build.fileMember(offer, greta, 'viewer');
  build.fileMember(offer, ines, 'viewer');
  build.fileMember(offer, rhea, 'viewer');
  build.fileMember(offer, finance, 'viewer');
  build.fileMember(offer, 'candidate@mail.example', 'viewer');
  files.addAll(ada.home.root, ['Hiring/Scorecard.xlsx', 'Notes/2025.md', 'Private/Tax.pdf']);

  const roadmap = files.add(bruno.home.root, 'Roadmap.paper', 2_400, { downloadable: false, by: bruno });
  build.fileMember(roadmap, design, 'editor');
  build.fileMember(roadmap, engineering, 'viewer');
  build.fileMember(roadmap, hugo, 'editor');
  files.addAll(bruno.home.root, ['todo.txt', 'src/main.ts', 'src/.gitignore', 'src/README.md', 'src/readme/notes.md']);
  const backups = build.appFolder(bruno, 'Backup Tool');
  files.addAll(backups.root, ['2025-06-01.tar.gz', '2025-06-08.tar.gz']);

  const sketch = files.add(chiyo.home.root, 'Studio/スケッチ.png', 220_000);
  build.fileMember(sketch, femi, 'viewer');
  build.sharedLink(sketch, chiyo, 'public');
  files.addAll(chiyo.home.root, ['Studio/ムードボード.pdf', 'Holiday/海.jpg', 'Holiday/山.jpg']);

  files.addAll(dmitri.home.root, ['Expenses/June.xlsx', 'Expenses/July.xlsx', 'Pitch.pptx']);
  files.addAll(elif.home.root, ['Bütçe taslağı.xlsx', 'Reading/Paper one.pdf', 'Reading/Paper two.pdf']);
  files.addAll(femi.home.root, ['Thesis/chapter 1.tex', 'Thesis/chapter 2.tex', 'Thesis/figures/plot.png']);
  files.addAll(greta.home.root, ['NDA template.docx', 'Cases/Acorn v. Oak.docx']);
  files.addAll(hugo.home.root, ['Unfinished.docx', 'Old/Report.pdf']);
  files.add(jonas.home.root, 'Ticket export.json', 96_000);
}
