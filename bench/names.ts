/** A name, and how its owner writes it in an address. */
type Name = readonly [name: string, address: string]

const given = `Ada Agnieszka Ahmed Aisha Alejandra Amélie Ana André Anneliese Antonio Aoife Astrid Beatriz Björk Bogdan
  Camille Carlos Charlotte Chiara Chloé Christopher Daniela Deepika Diego Dmitri Eleni Elizabeth Emeka Emma Ewa Fatima
  Federico Felipe Fiona Françoise Freya Gabriel George Giulia Grace Hans-Peter Hassan Helena Hiroshi Hugo Ibrahim Igor
  Ines Isabella Ivana Jacob James Jan Javier Jelena Jennifer João Johanna Joseph Jürgen Kateřina Katarzyna Kenji Kofi
  Lars Laura Léa Leila Liam Lucía Ludmila Magnus Manuela Marek María Matthew Mehmet Michael Mohammed Nadia Natalia
  Nguyễn Niamh Noah O'Shea Olivia Olumide Oskar Paolo Patricia Pedro Priya Rachel Rafael Rajesh Rosa Ruth Samuel Sara
  Sean Sofia Søren Stefan Svetlana Tatiana Thomas Tomáš Ulrike Valentina Victoria Viktor Wei William Xavier Yasmin Yuki
  Yusuf Zeynep Zoë Zuzana`

const family = `Abdullah Adeyemi Ahmed Almeida Álvarez Andersson Bauer Becker Bianchi Blanc Bondarenko Brown Çelik Chen
  Clark Cohen Costa Cruz Davies Demir Diallo Díaz Dubois Dupont Ericsson Esposito Evans Fernández Ferrari Fischer
  Fitzgerald Flores Fontaine Fournier Garcia Gómez González Greco Gruber Gupta Haddad Hansen Hernández Hoffmann Horváth
  Huber Hughes Ibrahim Ivanov Jackson Jankowski Jansen Jensen Jiménez Johansson Johnson Jones Kaya Keller Khan Kim King
  Klein Kovács Kowalski Kozlov Kumar Lambert Lee Lefèvre Lewis Lindberg Lopez Lovelace MacDonald Marino Martin Martínez
  Mensah Meyer Mitchell Moore Morales Moreau Moretti Murphy Müller-Lüdenscheidt Nakamura Navarro Nguyen Nielsen Novák
  Nowak O'Brien Okafor Oliveira Olsen Ortiz Owusu Papadopoulos Patel Pereira Petersen Petrov Popescu Quinn Ramos Reyes
  Ricci Richter Roberts Rodríguez Romero Rossi Ruiz Ryan Saito Sánchez Santos Schmidt Schneider Schröder Schulz Sharma
  Silva Singh Smith Śmigły Sokolov Sørensen Suzuki Svoboda Takahashi Taylor Torres Tran Turner Vargas Vasquez Virtanen
  Volkov Wagner Walker Wang Weber White Williams Wilson Wiśniewski Wójcik Wolf Wood Wright Yamamoto Yıldız Young
  Zhang Zimmermann`

const plain = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll('ł', 'l')
    .replaceAll('ø', 'o')
    .replaceAll('ı', 'i')
    .replace(/[^a-z]/g, '')

const inLatin = (names: string): readonly Name[] => names.split(/\s+/).map((name) => [name, plain(name)])

// Beyond ASCII, with quotes and commas, as names are.
export const GIVEN: readonly Name[] = [
  ...inLatin(given),
  ['María José', 'mariajose'],
  ['小明', 'xiaoming'],
  ['さくら', 'sakura'],
  ['محمد', 'mohamed'],
  ['Ольга', 'olga'],
]

export const FAMILY: readonly Name[] = [
  ...inLatin(family),
  ['García Márquez', 'marquez'],
  ['King, jr.', 'kingjr'],
  ['Jones "Smitty" Smith', 'smitty'],
  ['田中', 'tanaka'],
  ['Иванова', 'ivanova'],
  ['van der Berg', 'vanderberg'],
]
