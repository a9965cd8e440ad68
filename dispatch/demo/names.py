"""Invented names for the demo town: streets, shops and families; mixed tongues, accents, apostrophes."""

STREET_NAMES = (
    """
Rue de l'Horloge|Market Row|Kupfergasse|Rue des Trois-Mésanges|Candlemaker's Row|Calle Luna|Salzgasse
Rue Étroite|Passage de l'Abbé|Needle Lane|Kirchsteig|Rue du Puits d'Or|Färbergasse|Rue Saint-Éloi
Weavers' Yard|Calle del Búho|Rue du Four|Silbergasse|Impasse des Chats|Ropewalk|Rue des Orfèvres
Glockengasse|Threadneedle Steps|Rue de la Forêt-Noire|Pont-aux-Ânes|Krämergasse|Rue du Vieux Théâtre
Bell Lane|Calle Ámbar|Rue des Échoppes|Mühlgasse|Pepper Alley|Rue Mélusine|Hirschgasse|Rue de la Clé
Lantern Street|Calle de la Niña|Rue du Chêne Creux|Brauhausgasse|Rue Basse|Cours Honoré-Lantier
Linden Street|Rosmarinweg|Rue des Cerisiers|Station Parade|Apfelweg|Rue Joséphine-Morel|Garden Terrace
Calle Jacaranda|Rue de l'Étang|Wiesenweg|Poplar Road|Rue des Capucines|Sonnenallee am Bach|Rue du Belvédère
Mill Lane|Amselweg|Rue Cécile-Brandt|Orchard Way|Calle del Río Chico|Rue des Noyers|Birkenhain
Bramble Street|Rue du Lavoir|Schulstraße|Rue de l'Égalité|Kingfisher Road|Holunderweg|Rue des Vergers
Calle Granada Alta|Thistle Street|Rue Émile-Rocher|Am Mühlbach|Rue des Jonquilles|Willow Close|Finkenstieg
Rue du Rempart|Harbour View|Rue Océane|Kastanienweg|O'Malley Street|Rue des Bleuets|Dovecote Lane|Uferstraße
Rue du Général-Tisserand|Hazel Grove|Calle Mariposa|Rue de la Tuilerie|Lerchenfeld|Rue Aliénor|Chapel Road
Ahornstraße|Rue des Genêts|Fern Bank|Rue du Héron|Calle del Olmo|Veilchenweg|Rue des Tisserands|Beacon Hill
Rue de la Paix Nouvelle|Haselnussweg|Rue Félicité|Heron Street|Calle Alegría|Weinbergstraße|Rue de l'Écluse
Cooper Street|Rue des Remparts Fleuris|Schlossgartenweg|Rue Théodore-Vauclin|Larch Road|Rue du Moulin Bleu
Nussbaumallee|Rue des Alouettes|Quarry Road|Calle Verde|Rue Sainte-Rosalie|Steinbruchweg|Rue de la Source
Meadow Rise|Tulpenweg|Rue Hélène-Duval|Foxglove Lane|Rue des Sorbiers|Eichenkamp|Rue de l'Avenir
Cider Street|Calle Nueva del Sol|Wacholderweg|Rue Augustin-Prévost|Bluebell Street|Rue des Saules|Im Winkel
Rue du Pré Vert|Swan Street|Rue Lucie-Ferrand|Sperlingsgasse|Rue du Tramway|Foundry Road|Rue des Ateliers
Hammerweg|Rue de la Vapeur|Sawmill Road|Calle del Hierro|Gleisstraße|Rue du Haut-Fourneau|Anvil Way
Rue des Cheminots|Kranweg|Rue de l'Usine à Gaz|Depot Lane|Rue du Charbon|Kiesgrube|Rue Neuve|Tanner Street
Rue des Mariniers|Fährweg|Rue du Gué|Osier Lane|Calle del Puente|Mohnblumenweg|Rue des Glycines
Starling Road|Rue Paul-Amiel|Dachsweg|Rue du Coteau|Primrose Hill|Rue des Myrtilles|Eulenstraße
Rue de la Grange|Juniper Road|Rue des Faneurs|Waldrand|Rue du Bosquet|Cricket Lane|Rue Violette|Ulmenweg
Rue des Hirondelles|Parsley Street|Rue du Clos|Distelweg|Rue Clément-Aubry|Ivy Road|Calle de los Tilos
Storchenweg|Rue du Lièvre|Walnut Close|Rue de l'Aube|Kleeweg|Rue des Pivoines|Magpie Lane|Rue Irène-Valmont
""".replace("\n", "|")
    .strip("|")
    .split("|")
)

FAMILIES = """
Amari Berthelot Castellan Dupré Eriksen Fontaine Grünwald Hakimi Ibáñez Jansen Kowalski Lefèvre
Moreau Nakamura Okafor Peeters Quintero Rossi Sørensen Tanaka Usman Vautier Winkler Ximénez Yildiz
Żeromska
""".split()

# kind -> (OSM tags, name patterns with {family}, how many)
TRADES: dict[str, tuple[dict[str, str], list[str], int]] = {
    "restaurant": (
        {"amenity": "restaurant"},
        [
            "Chez {family}",
            "La Table d'{family}",
            "Trattoria {family}",
            "The Heron",
            "Zum Blauen Karpfen",
            "Le Petit Phare",
            "Casa {family}",
            "Jade Garden",
            "L'Assiette Bleue",
            "Masala Quay",
            "Falafel & Fils",
            "Sushi {family}",
        ],
        24,
    ),
    "fast_food": (
        {"amenity": "fast_food"},
        [
            "Pizza {family}",
            "Burger Brigade",
            "Wok This Way",
            "Döner {family}",
            "La Crêpe Volante",
            "Frites d'Or",
            "Taco {family}",
        ],
        10,
    ),
    "cafe": (
        {"amenity": "cafe"},
        ["Café {family}", "Café de l'Horloge", "The Slow Spoke", "Kaffeehaus {family}", "Salon Églantine"],
        10,
    ),
    "bakery": (
        {"shop": "bakery"},
        ["Boulangerie {family}", "Bäckerei {family}", "Crumb & Crust", "Au Pain d'Épices"],
        9,
    ),
    "pharmacy": (
        {"amenity": "pharmacy"},
        ["Pharmacie {family}", "Ring-Apotheke", "Pharmacie de l'Étoile", "Station Pharmacy"],
        6,
    ),
    "florist": ({"shop": "florist"}, ["Fleurs {family}", "Petal & Stem", "Blumen {family}"], 5),
    "books": ({"shop": "books"}, ["Librairie {family}", "The Paper Boat", "Buchhandlung {family}"], 4),
    "supermarket": ({"shop": "supermarket"}, ["Coopérative Marévelle", "Halle Fraîche", "Marktplatz Süd"], 4),
    "convenience": ({"shop": "convenience"}, ["Épicerie {family}", "Corner Shop", "Spätkauf {family}"], 7),
    "greengrocer": ({"shop": "greengrocer"}, ["Primeurs {family}", "Fruta {family}"], 4),
    "butcher": ({"shop": "butcher"}, ["Boucherie {family}", "Metzgerei {family}"], 3),
    "bicycle": ({"shop": "bicycle"}, ["Cycles {family}", "Radwerk {family}", "The Spoke Doctor"], 3),
    "clothes": ({"shop": "clothes"}, ["Atelier {family}", "Maison {family}", "Second Thread"], 6),
    "hairdresser": ({"shop": "hairdresser"}, ["Coiffure {family}", "Salon {family}"], 5),
    "hardware": ({"shop": "doityourself"}, ["Quincaillerie {family}", "Eisenwaren {family}"], 2),
    "optician": ({"shop": "optician"}, ["Optique {family}", "Klarsicht"], 2),
    "bank": ({"amenity": "bank"}, ["Banque Coopérative", "Loune Mutual"], 2),
    "post_office": ({"amenity": "post_office"}, ["La Poste du Centre"], 1),
    "library": ({"amenity": "library"}, ["Bibliothèque Ada-Morin"], 1),
    "dentist": ({"amenity": "dentist"}, ["Cabinet {family}"], 3),
    "doctors": ({"amenity": "doctors"}, ["Dr {family}", "Praxis {family}"], 4),
    "bar": ({"amenity": "bar"}, ["Bar des Mariniers", "The Old Ferry", "Kellerbar {family}"], 4),
    "hotel": ({"tourism": "hotel"}, ["Hôtel de la Gare", "Hotel Loune"], 2),
}
