#!/usr/bin/python3
"""make_deliveries.py FOLDER: small scenes in the layouts that they are delivered in, made from formulas.

  landsat/LC08_L1TP_200027_...   folder: bands 2 to 4 (30 m), 8 (15 m), QA_PIXEL, MTL as text; UTM 30N
  LC08_L1TP_200027_....tar       the same
  landsat/LC09_L1TP_199027_...   folder, UTM 31N, overlapping; MTL as XML
  qa/LC08_L1TP_200028_...        the first one elsewhere, with clouds, and fill where bands have samples; .tar of it beside
  l2/LC08_L2SP_200027_...        folder: SR_B2 to SR_B4, ST_B10; MTL as JSON
  S2A_MSIL2A_....SAFE, .zip      JPEG 2000: 10 m (B02 B03 B04 B08), 20 m (B02 B05 B11), 60 m (B01 B02)
  s2l1c/S2B_MSIL1C_....SAFE      GeoTIFF, flat: B02 B03 B04 B8A B10; before processing baseline 04.00
  gaofen/                        GF1_PMS1: four bands and panchromatic of half the pixel, by RPC; .tar.gz of it beside
  gf6/                           GF6_WFV: eight bands in three parts side by side, one .xml; .tar.gz of it beside
"""
import json
import os
import shutil
import sys
import tarfile
import zipfile

import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()


def relief(width, height, res, x0, y0, band, low, high):
    """Hills in metres of ground, so that all resolutions of a band show the same: low..high."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    x, y = x0 + (x + 0.5) * res, y0 - (y + 0.5) * res
    hills = np.sin(x / (310 + 40 * band)) * np.cos(y / (450 - 30 * band)) + 0.5 * np.sin((x + y) / 190)
    return (low + (high - low) * (hills + 1.5) / 3).astype(np.uint16)


def write(path, pixels, epsg=None, origin=None, res=None, nodata=None, driver="GTiff", options=()):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    pixels = pixels if pixels.ndim == 3 else pixels[None]
    memory = gdal.GetDriverByName("MEM").Create("", pixels.shape[2], pixels.shape[1], pixels.shape[0], gdal.GDT_UInt16)
    if epsg:
        crs = osr.SpatialReference()
        crs.ImportFromEPSG(epsg)
        memory.SetProjection(crs.ExportToWkt())
        memory.SetGeoTransform((origin[0], res, 0, origin[1], 0, -res))
    for i, band in enumerate(pixels):
        memory.GetRasterBand(i + 1).WriteArray(band)
        if nodata is not None:
            memory.GetRasterBand(i + 1).SetNoDataValue(nodata)
    gdal.GetDriverByName(driver).CreateCopy(path, memory, options=list(options))
    if os.path.exists(path + ".aux.xml"):
        os.remove(path + ".aux.xml")


def slanted(pixels):
    """Fill, as at the sides of a satellite's scene."""
    height, width = pixels.shape
    y, x = np.mgrid[0:height, 0:width]
    pixels[(x < 0.1 * y) | (x > 0.88 * width + 0.1 * y)] = 0
    return pixels


def odl(name, groups):
    lines = [f"GROUP = {name}"]
    for group, fields in groups.items():
        lines.append(f"  GROUP = {group}")
        lines += [f'    {k} = {v if isinstance(v, float) or k == "DATE_ACQUIRED" else json.dumps(v)}'
                  for k, v in fields.items()]
        lines.append(f"  END_GROUP = {group}")
    return "\n".join(lines + [f"END_GROUP = {name}", "END", ""])


def xml(name, groups):
    out = ['<?xml version="1.0" encoding="UTF-8"?>', f"<{name}>"]
    for group, fields in groups.items():
        out += [f"  <{group}>"] + [f"    <{k}>{v}</{k}>" for k, v in fields.items()] + [f"  </{group}>"]
    return "\n".join(out + [f"</{name}>", ""])


def mtl(folder, product, craft, level, files, time, extra, kind):
    groups = {"PRODUCT_CONTENTS": {"LANDSAT_PRODUCT_ID": product, "PROCESSING_LEVEL": level, **files},
              "IMAGE_ATTRIBUTES": {"SPACECRAFT_ID": craft, "SENSOR_ID": "OLI_TIRS", "DATE_ACQUIRED": time[0],
                                   "SCENE_CENTER_TIME": time[1]}, **extra}
    name = "LANDSAT_METADATA_FILE"
    text = odl(name, groups) if kind == "txt" else xml(name, groups) if kind == "xml" else json.dumps({name: groups})
    with open(f"{folder}/{product}_MTL.{kind}", "w") as f:
        f.write(text)


def quality(size, clouds):
    """QA_PIXEL: fill as in the bands; with clouds, also fill inside, and every other flag somewhere."""
    qa = np.where(slanted(np.ones((size, size), np.uint16)) > 0, 21824, 1).astype(np.uint16)
    y, x = np.mgrid[0:size, 0:size]
    for bit in (1, 2, 3, 4, 5, 7) if clouds else ():
        qa[(x - 30 * bit) ** 2 + (y - 200 + 20 * bit) ** 2 < 20 ** 2] |= 1 << bit
    if clouds:
        qa[101:134, 87:90] = 1
        qa[7, 201] = 1
    return qa


def landsat(folder, product, craft, epsg, origin, time, kind, size=260, clouds=False):
    at = f"{folder}/{product}"
    files = {}
    for band in (2, 3, 4, 8):
        res, n = (15, 2 * size) if band == 8 else (30, size)
        # the panchromatic pixels' corner lies half a pixel of theirs inside, as in the products
        corner = (origin[0] + 7.5, origin[1] - 7.5) if band == 8 else origin
        pixels = slanted(relief(n, n, res, *corner, band, 6000 + 200 * band, 14000 + 1500 * band))
        files[f"FILE_NAME_BAND_{band}"] = f"{product}_B{band}.TIF"
        write(f"{at}/{product}_B{band}.TIF", pixels, epsg, corner, res, nodata=0,
              options=["TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=128", "COMPRESS=DEFLATE", "PREDICTOR=2"])
    files["FILE_NAME_QUALITY_L1_PIXEL"] = f"{product}_QA_PIXEL.TIF"
    write(f"{at}/{product}_QA_PIXEL.TIF", quality(size, clouds), epsg, origin, 30, options=["TILED=YES",
          "BLOCKXSIZE=128", "BLOCKYSIZE=128", "COMPRESS=DEFLATE"])
    mtl(at, product, craft, "L1TP", files, time, {}, kind)
    return at


def landsat_level2(folder, product, epsg, origin, time, size=120):
    at = f"{folder}/{product}"
    files, reflectance, level1 = {}, {}, {}
    for band in (2, 3, 4):
        files[f"FILE_NAME_BAND_{band}"] = f"{product}_SR_B{band}.TIF"
        reflectance[f"REFLECTANCE_MULT_BAND_{band}"], reflectance[f"REFLECTANCE_ADD_BAND_{band}"] = 2.75e-05, -0.2
        level1[f"REFLECTANCE_MULT_BAND_{band}"], level1[f"REFLECTANCE_ADD_BAND_{band}"] = 2e-05, -0.1
        write(f"{at}/{product}_SR_B{band}.TIF", slanted(relief(size, size, 30, *origin, band, 8000, 20000)), epsg,
              origin, 30, nodata=0)
    files["FILE_NAME_BAND_ST_B10"] = f"{product}_ST_B10.TIF"
    write(f"{at}/{product}_ST_B10.TIF", slanted(relief(size, size, 30, *origin, 10, 40000, 45000)), epsg, origin, 30,
          nodata=0)
    extra = {"LEVEL1_RADIOMETRIC_RESCALING": level1, "LEVEL2_SURFACE_REFLECTANCE_PARAMETERS": reflectance,
             "LEVEL2_SURFACE_TEMPERATURE_PARAMETERS": {"TEMPERATURE_MULT_BAND_ST_B10": 0.00341802,
                                                       "TEMPERATURE_ADD_BAND_ST_B10": 149.0}}
    mtl(at, product, "LANDSAT_8", "L2SP", files, time, extra, "json")


def sentinel2(folder, product, level, epsg, origin, layout, offsets, driver, start, stop):
    """layout: (resolution m, bands)."""
    safe, granule, flat = f"{folder}/{product}.SAFE", f"GRANULE/{level}_T30UYU_A023", level == "L1C"
    names = []
    for res, bands in layout:
        size = 1440 // res
        for band in bands:
            tail = band if flat else f"{band}_{res}m"
            name = f"{granule}/IMG_DATA/" + ("" if flat else f"R{res}m/") + f"T30UYU_20200101T105441_{tail}"
            names.append(name)
            number = 8 if band == "B8A" else int(band[1:])
            pixels = slanted(relief(size, size, res, *origin, number, 1200 + 100 * number, 6000 + 500 * number))
            suffix, options = (("jp2", ["QUALITY=100", "REVERSIBLE=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"])
                               if driver == "JP2OpenJPEG" else ("tif", []))
            write(f"{safe}/{name}.{suffix}", pixels, epsg, origin, res, driver=driver, options=options)
    tag = "RADIO_ADD_OFFSET" if flat else "BOA_ADD_OFFSET"
    listed = "".join(f'<{tag} band_id="{i}">{o}</{tag}>' for i, o in enumerate(offsets))
    quantification = "QUANTIFICATION_VALUE" if flat else "BOA_QUANTIFICATION_VALUE"
    text = f"""<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<n1:Level-{level[1:]}_User_Product xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/User_Product_Level-{level[1:]}.xsd">
  <n1:General_Info>
    <Product_Info>
      <PRODUCT_START_TIME>{start}</PRODUCT_START_TIME>
      <PRODUCT_STOP_TIME>{stop}</PRODUCT_STOP_TIME>
      <PRODUCT_URI>{product}.SAFE</PRODUCT_URI>
      <Product_Organisation><Granule_List><Granule imageFormat="JPEG2000">
        {"".join(f"<IMAGE_FILE>{n}</IMAGE_FILE>" for n in names)}
      </Granule></Granule_List></Product_Organisation>
    </Product_Info>
    <Product_Image_Characteristics>
      <{quantification} unit="none">10000</{quantification}>
      {f"<Offsets>{listed}</Offsets>" if offsets else ""}
    </Product_Image_Characteristics>
  </n1:General_Info>
</n1:Level-{level[1:]}_User_Product>
"""
    with open(f"{safe}/MTD_MSI{level}.xml", "w") as f:
        f.write(text)
    return safe


def rpb(path, size, lon, lat, lon_scale, lat_scale):
    """A camera whose rows run south and whose columns run east, a little turned."""
    def terms(*leading):
        values = list(leading) + [0.0] * (20 - len(leading))
        return "(\n" + ",\n".join(f"\t\t\t{v:.12e}" for v in values) + ")"
    one = terms(1.0)
    with open(path, "w") as f:
        f.write(f"""satId = "GF1";
bandId = "P";
SpecId = "RPC00B";
BEGIN_GROUP = IMAGE
\terrBias = 1.0;
\terrRand = 0.0;
\tlineOffset = {size / 2};
\tsampOffset = {size / 2};
\tlatOffset = {lat};
\tlongOffset = {lon};
\theightOffset = 150;
\tlineScale = {size / 2};
\tsampScale = {size / 2};
\tlatScale = {lat_scale};
\tlongScale = {lon_scale};
\theightScale = 500;
\tlineNumCoef = {terms(0.0, 0.03, -1.0, 0.002)};
\tlineDenCoef = {one};
\tsampNumCoef = {terms(0.0, 1.0, 0.04, 0.006)};
\tsampDenCoef = {one};
END_GROUP = IMAGE
END;
""")


def gaofen(folder, product):
    os.makedirs(folder, exist_ok=True)
    for suffix, size in (("MSS1", 180), ("PAN1", 360)):
        res, stem = 1440 / size, f"{folder}/{product}-{suffix}"
        bands = range(1, 5) if suffix == "MSS1" else (5,)
        write(f"{stem}.tiff", np.stack([relief(size, size, res, 0, 0, b, 150 + 40 * b, 600 + 50 * b) for b in bands]))
        rpb(f"{stem}.rpb", size, 113.9, 34.4, 0.0085, 0.0065)
        with open(f"{stem}.xml", "w") as f:
            f.write(xml("ProductMetaData", {"x": {}}).replace(
                "  <x>\n  </x>", "  <SatelliteID>GF1</SatelliteID>\n  <SensorID>PMS1</SensorID>\n"
                "  <ReceiveTime>2020-01-01 03:32:40</ReceiveTime>\n  <StartTime>2020-01-01 11:32:36.500</StartTime>\n"
                "  <EndTime>2020-01-01 11:32:44</EndTime>"))


def gaofen6(folder, product, size=150):
    os.makedirs(folder, exist_ok=True)
    for part in (1, 2, 3):
        stem = f"{folder}/{product}-{part}"
        write(f"{stem}.tiff", np.stack([relief(size, size, 5, 5 * size * part, 0, b, 200 + 40 * b, 700 + 50 * b)
                                        for b in range(1, 9)]))
        rpb(f"{stem}.rpb", size, 114.2 + 0.0262 * part, 34.9, 0.0131, 0.0108)
    with open(f"{folder}/{product}.xml", "w") as f:
        f.write("<ProductMetaData>\n  <SatelliteID>GF6</SatelliteID>\n  <SensorID>WFV</SensorID>\n"
                "  <StartTime>2020-01-02 11:20:30</StartTime>\n  <EndTime>2020-01-02 11:20:59</EndTime>\n"
                "</ProductMetaData>\n")


def main(folder):
    os.makedirs(folder, exist_ok=True)
    at = lambda name: os.path.join(folder, name)
    first = landsat(at("landsat"), "LC08_L1TP_200027_20200101_20200113_02_T1", "LANDSAT_8", 32630, (718200, 5325000),
                    ("2020-01-01", "10:51:36.1234560Z"), "txt")
    landsat(at("landsat"), "LC09_L1TP_199027_20220103_20220104_02_T1", "LANDSAT_9", 32631, (274500, 5322000),
            ("2022-01-03", "10:45:00Z"), "xml")
    with tarfile.open(first.replace("landsat/", "") + ".tar", "w") as tar:
        for name in sorted(os.listdir(first)):
            tar.add(f"{first}/{name}", name)
    cloudy = landsat(at("qa"), "LC08_L1TP_200028_20200101_20200113_02_T1", "LANDSAT_8", 32630, (718200, 5225000),
                     ("2020-01-01", "10:52:00Z"), "txt", clouds=True)
    with tarfile.open(cloudy.replace("qa/", "") + ".tar", "w") as tar:
        for name in sorted(os.listdir(cloudy)):
            tar.add(f"{cloudy}/{name}", name)
    landsat_level2(at("l2"), "LC08_L2SP_200027_20200101_20200822_02_T1", 32630, (718200, 5325000),
                   ("2020-01-01", "10:51:36.1234560Z"))
    safe = sentinel2(folder, "S2A_MSIL2A_20220601T105441_N0400_R051_T30UYU_20220601T150000", "L2A", 32630,
                     (720000, 5324000),
                     [(10, ("B02", "B03", "B04", "B08")), (20, ("B02", "B05", "B11")), (60, ("B01", "B02"))],
                     [-1000] * 13, "JP2OpenJPEG", "2022-06-01T10:54:41.024Z", "2022-06-01T10:54:41.024Z")
    with zipfile.ZipFile(safe[:-5] + ".zip", "w", zipfile.ZIP_DEFLATED) as out:
        for base, _, names in sorted(os.walk(safe)):
            for name in sorted(names):
                path = os.path.join(base, name)
                out.write(path, os.path.relpath(path, folder))
    sentinel2(at("s2l1c"), "S2B_MSIL1C_20200101T105441_N0208_R051_T30UYU_20200101T120000", "L1C", 32630,
              (720000, 5324000), [(10, ("B02", "B03", "B04")), (20, ("B8A",)), (60, ("B10",))], [], "GTiff",
              "2020-01-01T10:54:41.000Z", "2020-01-01T10:54:52.000Z")
    gaofen(at("gaofen"), "GF1_PMS1_E113.9_N34.4_20200101_L1A0004521234")
    with tarfile.open(at("GF1_PMS1_E113.9_N34.4_20200101_L1A0004521234.tar.gz"), "w:gz") as tar:
        for name in sorted(os.listdir(at("gaofen"))):
            tar.add(at("gaofen/" + name), name)
    wide = "GF6_WFV_E114.3_N34.9_20200102_L1A1119842986"
    gaofen6(at("gf6"), wide)
    with tarfile.open(at(wide + ".tar.gz"), "w:gz") as tar:
        for name in sorted(os.listdir(at("gf6"))):
            tar.add(at("gf6/" + name), f"{wide}/{name}")
    shutil.copy(at("gaofen/GF1_PMS1_E113.9_N34.4_20200101_L1A0004521234-MSS1.tiff"), at("plain.tiff"))


if __name__ == "__main__":
    main(sys.argv[1])
