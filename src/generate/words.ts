export const GIVEN_NAMES = [
  ...([
    'Ada',
    'Björk',
    'Chloé',
    'Dmitri',
    'Ewa',
    'Farah',
    'Goran',
    'Hana',
    'Inês',
    'Jürgen',
    'Kofi',
  ] as const),
  ...([
    'Łucja',
    'María José',
    'Nguyễn',
    "O'Shea",
    'Priya',
    'Quinn',
    'Rosa',
    'Søren',
    'Thandi',
    'Ümit',
  ] as const),
  ...(['Vera', 'Wei', 'Xiomara', 'Yuki', 'Zoë', 'محمد', 'שרה', '小明', 'さくら'] as const),
] as const

export const FAMILY_NAMES = [
  ...(['Lovelace', 'Guðmundsdóttir', 'Müller-Lüdenscheidt', 'Novák', "D'Angelo", 'van der Berg'] as const),
  ...(['Okonkwo', 'Śmigły, jr.', 'Smith "Smitty" Jones', 'García Márquez', 'Kowalska', 'الأحمد'] as const),
  ...(['לוי', '王', '田中', 'St. John', 'Ó Briain', 'Dupont-Moretti', 'Silva'] as const),
] as const

/** What spreadsheets run, delimiters split, and readers of lines cut. */
export const ODD_TEXTS = [
  '=HYPERLINK("http://example.com","click")',
  ...([
    '+1 (555) 0100',
    '-2+3',
    '@SUM(A1:A9)',
    '＝1＋1',
    'x;=1+2;y',
    "'quoted'",
    "'=1",
    '00123',
    '1E5',
  ] as const),
  ...([
    '\tindented',
    'two\nlines',
    'cr\r\nlf',
    'a\u2028b',
    'semi;colon, comma',
    'He said "no"',
    '"',
  ] as const),
  ...([
    '🎉 party 🎊',
    'مرحبا بالعالم',
    '𝒻𝒶𝓃𝒸𝓎',
    'trailing space ',
    ' ',
    'null',
    'true',
    '{}',
    '[]',
    '\\',
    '\\.',
  ] as const),
] as const

export const CONSENT_TEXTS = [
  'I agree to the terms of service.',
  'I agree, "with reservations".',
  'Je suis d’accord ; merci',
  'Line one\nLine two',
  'أوافق على الشروط',
  '同意します',
  '👍',
] as const

/** Names of members that a path must quote, or that a reader could take for a position. */
export const ODD_KEYS = ['0', '-1', '01', "it's", 'é', 'with space', 'a]', 'UPPER', '__proto__x'] as const
