"""The hand-drawn part of the demo town: river, hill, railway, main roads and what stands where.

Metres on a flat plane, x east and y north, (0, 0) in the south-west corner of a 2,500 x 2,000 m sheet.
The town is invented and placed in the open Atlantic, so that no real town's data is implied.
"""

from dataclasses import dataclass

from dispatch.demo.curves import Point

TOWN_NAME = "Marévelle"
RIVER_NAME = "Loune"
POSTCODES = {"centre": "40110", "north": "40120", "south": "40130"}
WIDTH_M, HEIGHT_M = 2500.0, 2000.0
ORIGIN_LON, ORIGIN_LAT = -37.4150, 44.3700    # the sheet's south-west corner

RIVER: list[Point] = [(-150, 700), (180, 770), (480, 905), (800, 930), (1080, 850), (1390, 765),
                      (1700, 800), (1960, 915), (2250, 935), (2650, 830)]
RIVER_WIDTH_M = 46.0
ISLAND: Point = (1560, 772)
BROOK: list[Point] = [(1520, 2000), (1560, 1850), (1510, 1690), (1575, 1540), (1640, 1390)]
POND: Point = (1660, 1335)

RAILWAY: list[Point] = [(-60, 250), (350, 330), (800, 395), (1250, 400), (1700, 350), (2150, 255),
                        (2560, 200)]
STATION: Point = (1205, 400)

HILL: Point = (2000, 1590)
HILL_HEIGHT_M, HILL_SPREAD_M = 92.0, 270.0

OLD_CENTRE: Point = (1120, 1190)
RING: list[Point] = [(865, 1180), (895, 1335), (1010, 1440), (1165, 1462), (1310, 1405), (1392, 1275),
                     (1372, 1110), (1285, 985), (1130, 945), (985, 985), (895, 1065)]
BUILT_UP: list[Point] = [(215, 1120), (330, 1390), (560, 1600), (860, 1750), (1200, 1790), (1500, 1720),
                         (1790, 1800), (2130, 1770), (2290, 1520), (2270, 1240), (2190, 1010),
                         (2120, 760), (2090, 520), (1880, 210), (1450, 110), (1000, 130), (620, 240),
                         (380, 480), (290, 760)]


@dataclass(frozen=True, slots=True)
class MainRoad:
    """One road drawn by hand: its class in OSM's words, its name and the points it passes."""

    rank: str
    name: str
    points: list[Point]
    ref: str = ""


MAIN_ROADS = [
    MainRoad("primary", "Route de l'Océan", [
        (-40, 1290), (260, 1215), (560, 1235), (760, 1195), (885, 1185)
    ], "D 4"),
    MainRoad("primary", "Avenue des Érables", [
        (1375, 1215), (1560, 1230), (1800, 1205), (2050, 1275), (2300, 1255), (2540, 1330)
    ], "D 4"),
    MainRoad("secondary", "Chaussée du Nord", [
        (1130, 1445), (1105, 1600), (1010, 1760), (1000, 1880), (930, 2040)
    ], "D 17"),
    MainRoad("primary", "Old Bridge Street", [
        (1140, 965), (1150, 870), (1175, 760), (1165, 620), (1185, 480)
    ], "D 17"),
    MainRoad("primary", "Southgate", [
        (1185, 480), (1235, 440), (1250, 350), (1290, 200), (1270, -40)
    ], "D 17"),
    MainRoad("secondary", "Westbrücke", [
        (590, 1255), (600, 1100), (575, 930), (610, 790), (590, 640), (545, 470), (560, 330),
        (480, 180), (430, -40)
    ], "D 21"),
    MainRoad("secondary", "Boulevard Amélie-Vautrin", [
        (-40, 560), (250, 545), (560, 500), (860, 505), (1185, 480), (1500, 470), (1800, 420),
        (2100, 385), (2540, 330)
    ], "D 9"),
    MainRoad("tertiary", "Castle Road", [
        (1370, 1330), (1500, 1440), (1690, 1475), (1850, 1400), (2060, 1385), (2190, 1470),
        (2230, 1610), (2130, 1730), (1950, 1765), (1790, 1700), (1745, 1590), (1830, 1510),
        (1940, 1500), (2040, 1540)
    ]),
    MainRoad("tertiary", "Ringelblumenallee", [
        (590, 1240), (640, 1400), (800, 1560), (960, 1650), (1090, 1640), (1290, 1630), (1460, 1570),
        (1500, 1440)
    ]),
    MainRoad("tertiary", "Calle de las Golondrinas", [
        (1165, 620), (1400, 615), (1640, 600), (1870, 640), (2010, 560), (2060, 395)
    ]),
    MainRoad("tertiary", "Chemin du Vieux Bac", [(2150, 1262), (2120, 1130), (2165, 1010), (2172, 960)]),
    MainRoad("unclassified", "Rue des Forges", [(500, 235), (700, 285), (960, 215), (1290, 235)]),
    MainRoad("track", "", [(170, 1222), (120, 1420), (190, 1640), (150, 1860), (210, 2030)]),
    MainRoad("track", "", [(2380, 1268), (2330, 1080), (2420, 980), (2530, 1010)]),
    MainRoad("track", "", [(1020, 1815), (760, 1900), (520, 1850), (330, 1905), (120, 1680)]),
    MainRoad("track", "", [(2230, 355), (2260, 560), (2200, 720), (2300, 830)]),
]

# The foot and cycle bridge, and the cycleway across the railway.
CYCLE_LINKS = [
    MainRoad("cycleway", "Swallow Bridge", [
        (1700, 1010), (1712, 900), (1735, 800), (1722, 690), (1726, 590)
    ]),
    MainRoad("cycleway", "Passage des Cheminots", [(830, 520), (842, 440), (838, 350), (850, 270)]),
]


@dataclass(frozen=True, slots=True)
class Site:
    """One place drawn by hand; it takes the whole street block around its point."""

    kind: str
    name: str
    at: Point


SITES = [
    Site("square", "Place du Marché", (1140, 1205)),
    Site("church", "Église Sainte-Ondine", (1065, 1235)),
    Site("square", "Kornplatz", (1225, 1105)),
    Site("park", "Jardin des Tilleuls", (1500, 1320)),
    Site("park", "Quayside Gardens", (1450, 1000)),
    Site("park", "Parque del Molino", (1330, 690)),
    Site("park", "Rosenpark", (760, 1330)),
    Site("hospital", "Hôpital Saint-Avel", (520, 1330)),
    Site("school", "École des Peupliers", (760, 1080)),
    Site("school", "Hillside School", (1720, 1310)),
    Site("school", "Lycée Marie-Tourneur", (900, 690)),
    Site("school", "Gartenschule", (1180, 1560)),
    Site("cemetery", "Cimetière du Nord", (1280, 1690)),
    Site("sports", "Stade de la Loune", (1930, 740)),
    Site("allotments", "Kleingärten Südhang", (1620, 1560)),
    Site("retail", "Market Hall", (1560, 520)),
    Site("industrial", "Ateliers du Sud", (1450, 260)),
    Site("industrial", "Zone des Forges", (750, 300)),
    Site("industrial", "Canal Works", (1080, 270)),
]

SUBURBS = [
    ("suburb", "Vieille Ville", (1040, 1330)), ("suburb", "Northfields", (1060, 1680)),
    ("suburb", "Saint-Avel", (560, 1400)), ("suburb", "Schlossberg", (2000, 1420)),
    ("suburb", "Gare-Sud", (1220, 560)), ("neighbourhood", "Les Forges", (900, 250)),
    ("neighbourhood", "El Molino", (1650, 690)), ("neighbourhood", "Tannery Quay", (760, 780)),
    ("neighbourhood", "Am Ring", (780, 1440)), ("neighbourhood", "Ferry End", (2140, 1120)),
]
