//! Countries with their continents, and the states of those countries whose states people write.
//!
//! General knowledge, the same for every newsletter: ISO 3166-1 codes with English names, and the postal
//! codes of states and provinces.

mod zones;

pub use zones::country_of_zone;

use std::collections::HashMap;
use std::sync::LazyLock;

/// Parts of the world by which newsletters sort events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    /// Africa.
    Africa,
    /// Asia, the Near East included.
    Asia,
    /// Europe.
    Europe,
    /// North and Central America and the Caribbean.
    NorthAmerica,
    /// Australia, New Zealand and the islands of the Pacific.
    Oceania,
    /// South America.
    SouthAmerica,
}

use Region::{Africa, Asia, Europe, NorthAmerica, Oceania, SouthAmerica};

/// The regions a heading or a section's id names; none for one that is no region, such as "Virtual".
pub fn regions_named(title: &str) -> Vec<Region> {
    let title = title.to_lowercase().replace(['-', '_', '/', '&'], " ");
    let has = |words: &str| title.contains(words);
    let mut regions = Vec::new();
    let rows = [
        (has("africa"), Africa),
        (has("asia") || has("middle east"), Asia),
        (has("middle east"), Africa),
        (has("europe"), Europe),
        (
            has("north america") || has("latin america") || has("central america"),
            NorthAmerica,
        ),
        (has("south america") || has("latin america"), SouthAmerica),
        (
            has("oceania") || has("pacific") || has("australia"),
            Oceania,
        ),
    ];
    regions.extend(
        rows.iter()
            .filter(|(named, _)| *named)
            .map(|(_, region)| *region),
    );
    let america = has("america") || regions.contains(&NorthAmerica);
    if america && !regions.contains(&NorthAmerica) && !regions.contains(&SouthAmerica) {
        regions.extend([NorthAmerica, SouthAmerica]);
    }
    regions
}

/// The ISO code of a country that is written as a code or by its English name; `UK` is `GB`.
pub fn country_code(written: &str) -> Option<&'static str> {
    if let Some(code) = EXACT.get(written) {
        return Some(code);
    }
    let written = written.trim().trim_end_matches('.');
    let other = match written.to_ascii_uppercase().as_str() {
        "UK" | "ENGLAND" | "SCOTLAND" | "WALES" | "GREAT BRITAIN" => "GB",
        "USA" | "U.S" | "U.S.A" => "US",
        "THE NETHERLANDS" | "HOLLAND" => "NL",
        "CZECH REPUBLIC" => "CZ",
        "TURKEY" => "TR",
        "KOREA" | "REPUBLIC OF KOREA" => "KR",
        "UAE" => "AE",
        _ => written,
    };
    let found = |(code, name): (&str, &str)| code == other || name.eq_ignore_ascii_case(other);
    let mut all = COUNTRIES.iter().flat_map(|(_, rows)| rows.iter());
    all.find(|row| found(**row)).map(|(code, _)| *code)
}

/// What is written nearly always: the codes and the names as they stand here, and the commonest other code.
static EXACT: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let rows = COUNTRIES.iter().flat_map(|(_, rows)| rows.iter());
    let both = rows.flat_map(|(code, name)| [(*code, *code), (*name, *code)]);
    both.chain([("UK", "GB"), ("USA", "US")]).collect()
});

/// The English name of a country's code.
pub fn country_name(code: &str) -> Option<&'static str> {
    let mut all = COUNTRIES.iter().flat_map(|(_, rows)| rows.iter());
    all.find(|row| row.0 == code).map(|(_, name)| *name)
}

/// Where a country lies; several where it lies in two continents or is counted to either.
pub fn regions_of(code: &str) -> Vec<Region> {
    let own = COUNTRIES
        .iter()
        .filter(|(_, rows)| rows.iter().any(|(row, _)| *row == code));
    let mut regions: Vec<Region> = own.map(|(region, _)| *region).collect();
    let more: &[Region] = match code {
        "RU" | "TR" | "GE" | "AM" | "AZ" | "CY" | "KZ" | "IL" => &[Asia, Europe],
        "EG" => &[Asia],
        "ID" => &[Oceania],
        "TT" | "PA" => &[SouthAmerica],
        _ => &[],
    };
    regions.extend(more);
    regions
}

/// The countries of whose states `code` is one.
pub fn countries_of_state(code: &str) -> Vec<&'static str> {
    let rows = STATES
        .iter()
        .filter(|(_, states)| states.split(' ').any(|state| state == code));
    rows.map(|(country, _)| *country).collect()
}

/// The code of a state that is written as a code or by its name, as in `Washington`.
pub fn state_code(country: &str, written: &str) -> Option<&'static str> {
    let (_, states) = STATES.iter().find(|(code, _)| *code == country)?;
    let known = states.split_ascii_whitespace();
    if let Some(code) = known
        .clone()
        .find(|code| code.eq_ignore_ascii_case(written))
    {
        return Some(code);
    }
    let (_, names) = STATE_NAMES.iter().find(|(code, _)| *code == country)?;
    let same = |name: &&str| name.eq_ignore_ascii_case(written);
    known
        .zip(names.split('|').map(str::trim))
        .find(|(_, name)| same(name))
        .map(|(code, _)| code)
}

/// Whether a country's states are known here.
pub fn has_states(country: &str) -> bool {
    STATES.iter().any(|(code, _)| *code == country)
}

const STATES: &[(&str, &str)] = &[
    (
        "US",
        "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH \
         OK OR PA PR RI SC SD TN TX UT VT VA WA WV WI WY",
    ),
    ("CA", "AB BC MB NB NL NS NT NU ON PE QC SK YT"),
    ("AU", "ACT NSW NT QLD SA TAS VIC WA"),
];

/// The names of the states, in the order of their codes.
const STATE_NAMES: &[(&str, &str)] = &[
    (
        "US",
        "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|District of Columbia|Florida|Georgia|\
         Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|\
         Mississippi|Missouri|Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico|New York|North Carolina|\
         North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Puerto Rico|Rhode Island|South Carolina|South Dakota|Tennessee|\
         Texas|Utah|Vermont|Virginia|Washington|West Virginia|Wisconsin|Wyoming",
    ),
    (
        "CA",
        "Alberta|British Columbia|Manitoba|New Brunswick|Newfoundland and Labrador|Nova Scotia|Northwest Territories|\
         Nunavut|Ontario|Prince Edward Island|Quebec|Saskatchewan|Yukon",
    ),
    (
        "AU",
        "Australian Capital Territory|New South Wales|Northern Territory|Queensland|South Australia|Tasmania|Victoria|\
         Western Australia",
    ),
];

type Country = (&'static str, &'static str);

const COUNTRIES: &[(Region, &[Country])] = &[
    (Africa, AFRICA),
    (Asia, ASIA),
    (Europe, EUROPE),
    (NorthAmerica, NORTH_AMERICA),
    (Oceania, OCEANIA),
    (SouthAmerica, SOUTH_AMERICA),
];

#[rustfmt::skip]
const AFRICA: &[Country] = &[
    ("DZ", "Algeria"), ("AO", "Angola"), ("BJ", "Benin"), ("BW", "Botswana"), ("BF", "Burkina Faso"), ("BI",
    "Burundi"), ("CM", "Cameroon"), ("CV", "Cape Verde"), ("CF", "Central African Republic"), ("TD", "Chad"),
    ("KM", "Comoros"), ("CG", "Congo"), ("CD", "Democratic Republic of the Congo"), ("CI", "Ivory Coast"),
    ("DJ", "Djibouti"), ("EG", "Egypt"), ("GQ", "Equatorial Guinea"), ("ER", "Eritrea"), ("SZ", "Eswatini"),
    ("ET", "Ethiopia"), ("GA", "Gabon"), ("GM", "Gambia"), ("GH", "Ghana"), ("GN", "Guinea"), ("GW",
    "Guinea-Bissau"), ("KE", "Kenya"), ("LS", "Lesotho"), ("LR", "Liberia"), ("LY", "Libya"), ("MG",
    "Madagascar"), ("MW", "Malawi"), ("ML", "Mali"), ("MR", "Mauritania"), ("MU", "Mauritius"), ("YT",
    "Mayotte"), ("MA", "Morocco"), ("MZ", "Mozambique"), ("NA", "Namibia"), ("NE", "Niger"), ("NG", "Nigeria"),
    ("RE", "Réunion"), ("RW", "Rwanda"), ("ST", "São Tomé and Príncipe"), ("SN", "Senegal"), ("SC",
    "Seychelles"), ("SL", "Sierra Leone"), ("SO", "Somalia"), ("ZA", "South Africa"), ("SS", "South Sudan"),
    ("SD", "Sudan"), ("TZ", "Tanzania"), ("TG", "Togo"), ("TN", "Tunisia"), ("UG", "Uganda"), ("ZM", "Zambia"),
    ("ZW", "Zimbabwe"),
];

#[rustfmt::skip]
const ASIA: &[Country] = &[
    ("AF", "Afghanistan"), ("AM", "Armenia"), ("AZ", "Azerbaijan"), ("BH", "Bahrain"), ("BD", "Bangladesh"),
    ("BT", "Bhutan"), ("BN", "Brunei"), ("KH", "Cambodia"), ("CN", "China"), ("CY", "Cyprus"), ("GE",
    "Georgia"), ("HK", "Hong Kong"), ("IN", "India"), ("ID", "Indonesia"), ("IR", "Iran"), ("IQ", "Iraq"),
    ("IL", "Israel"), ("JP", "Japan"), ("JO", "Jordan"), ("KZ", "Kazakhstan"), ("KW", "Kuwait"), ("KG",
    "Kyrgyzstan"), ("LA", "Laos"), ("LB", "Lebanon"), ("MO", "Macao"), ("MY", "Malaysia"), ("MV", "Maldives"),
    ("MN", "Mongolia"), ("MM", "Myanmar"), ("NP", "Nepal"), ("KP", "North Korea"), ("OM", "Oman"), ("PK",
    "Pakistan"), ("PS", "Palestine"), ("PH", "Philippines"), ("QA", "Qatar"), ("SA", "Saudi Arabia"), ("SG",
    "Singapore"), ("KR", "South Korea"), ("LK", "Sri Lanka"), ("SY", "Syria"), ("TW", "Taiwan"), ("TJ",
    "Tajikistan"), ("TH", "Thailand"), ("TL", "Timor-Leste"), ("TR", "Türkiye"), ("TM", "Turkmenistan"), ("AE",
    "United Arab Emirates"), ("UZ", "Uzbekistan"), ("VN", "Vietnam"), ("YE", "Yemen"),
];

#[rustfmt::skip]
const EUROPE: &[Country] = &[
    ("AX", "Åland"), ("AL", "Albania"), ("AD", "Andorra"), ("AT", "Austria"), ("BY", "Belarus"), ("BE",
    "Belgium"), ("BA", "Bosnia and Herzegovina"), ("BG", "Bulgaria"), ("HR", "Croatia"), ("CZ", "Czechia"),
    ("DK", "Denmark"), ("EE", "Estonia"), ("FO", "Faroe Islands"), ("FI", "Finland"), ("FR", "France"), ("DE",
    "Germany"), ("GI", "Gibraltar"), ("GR", "Greece"), ("GG", "Guernsey"), ("HU", "Hungary"), ("IS", "Iceland"),
    ("IE", "Ireland"), ("IM", "Isle of Man"), ("IT", "Italy"), ("JE", "Jersey"), ("XK", "Kosovo"), ("LV",
    "Latvia"), ("LI", "Liechtenstein"), ("LT", "Lithuania"), ("LU", "Luxembourg"), ("MT", "Malta"), ("MD",
    "Moldova"), ("MC", "Monaco"), ("ME", "Montenegro"), ("NL", "Netherlands"), ("MK", "North Macedonia"), ("NO",
    "Norway"), ("PL", "Poland"), ("PT", "Portugal"), ("RO", "Romania"), ("RU", "Russia"), ("SM", "San Marino"),
    ("RS", "Serbia"), ("SK", "Slovakia"), ("SI", "Slovenia"), ("ES", "Spain"), ("SE", "Sweden"), ("CH",
    "Switzerland"), ("UA", "Ukraine"), ("GB", "United Kingdom"), ("VA", "Vatican City"),
];

#[rustfmt::skip]
const NORTH_AMERICA: &[Country] = &[
    ("AG", "Antigua and Barbuda"), ("BS", "Bahamas"), ("BB", "Barbados"), ("BZ", "Belize"), ("BM", "Bermuda"),
    ("CA", "Canada"), ("KY", "Cayman Islands"), ("CR", "Costa Rica"), ("CU", "Cuba"), ("CW", "Curaçao"), ("DM",
    "Dominica"), ("DO", "Dominican Republic"), ("SV", "El Salvador"), ("GL", "Greenland"), ("GD", "Grenada"),
    ("GT", "Guatemala"), ("HT", "Haiti"), ("HN", "Honduras"), ("JM", "Jamaica"), ("MX", "Mexico"), ("NI",
    "Nicaragua"), ("PA", "Panama"), ("PR", "Puerto Rico"), ("KN", "Saint Kitts and Nevis"), ("LC",
    "Saint Lucia"), ("VC", "Saint Vincent and the Grenadines"), ("TT", "Trinidad and Tobago"), ("US", "United States"),
];

#[rustfmt::skip]
const OCEANIA: &[Country] = &[
    ("AU", "Australia"), ("FJ", "Fiji"), ("PF", "French Polynesia"), ("GU", "Guam"), ("KI", "Kiribati"), ("MH",
    "Marshall Islands"), ("FM", "Micronesia"), ("NR", "Nauru"), ("NC", "New Caledonia"), ("NZ", "New Zealand"),
    ("PW", "Palau"), ("PG", "Papua New Guinea"), ("WS", "Samoa"), ("SB", "Solomon Islands"), ("TO", "Tonga"),
    ("TV", "Tuvalu"), ("VU", "Vanuatu"),
];

#[rustfmt::skip]
const SOUTH_AMERICA: &[Country] = &[
    ("AR", "Argentina"), ("BO", "Bolivia"), ("BR", "Brazil"), ("CL", "Chile"), ("CO", "Colombia"), ("EC",
    "Ecuador"), ("GF", "French Guiana"), ("GY", "Guyana"), ("PY", "Paraguay"), ("PE", "Peru"), ("SR",
    "Suriname"), ("UY", "Uruguay"), ("VE", "Venezuela"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_known_by_code_and_name() {
        assert_eq!(country_code("UK"), Some("GB"));
        assert_eq!(country_code("poland"), Some("PL"));
        assert_eq!(country_code("QQ"), None);
        assert_eq!(country_name("GB"), Some("United Kingdom"));
        assert_eq!(country_name("LC"), Some("Saint Lucia"));
        assert_eq!(country_name("QQ"), None);
        assert_eq!(regions_of("MX"), [NorthAmerica]);
        assert_eq!(countries_of_state("WA"), ["US", "AU"]);
        assert!(has_states("AU") && !has_states("DE"));
        assert_eq!(state_code("US", "washington"), Some("WA"));
        assert_eq!(state_code("AU", "Victoria"), Some("VIC"));
        assert_eq!(state_code("CA", "bc"), Some("BC"));
        assert_eq!(state_code("DE", "Bayern"), None);
    }

    #[test]
    fn headings_name_regions() {
        assert_eq!(regions_named("Asia Pacific"), [Asia, Oceania]);
        assert_eq!(regions_named("events-north-america"), [NorthAmerica]);
        assert_eq!(regions_named("Virtual"), []);
    }
}
