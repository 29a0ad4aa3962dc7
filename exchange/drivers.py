"""Which GDAL drivers exist and which may open a file: one, named by the file's kind."""

from collections.abc import Iterable, Mapping

# Every driver of the GDAL builds in the wheels of fiona and pyogrio that opens vector data. The child refuses to work
# when a vector driver is registered that stands neither here nor on its allow-list: a new release cannot widen what is
# read.
_NAMES = """
    ADBC, AIVector, AVCBin, AVCE00, AmigoCloud, CAD, CSV, CSW, Carto, DGN, DXF, EDIGEO, EEDA, ESRI Shapefile, ESRIJSON,
    Elasticsearch, FlatGeobuf, GDALG, GML, GNMDatabase, GNMFile, GPKG, GPSBabel, GPX, GTFS, GeoJSON, GeoJSONSeq, GeoRSS,
    Geoconcept, HTTP, Idrisi, JML, JSONFG, KML, LIBKML, LVBAG, MBTiles, MEM, MVT, MapInfo File, MapML, Memory,
    MiraMonVector, NGW, OAPIF, ODS, OGCAPI, OGR_GMT, OGR_PDS, OGR_VRT, OSM, OpenFileGDB, PCIDSK, PDF, PDS4, PGDUMP,
    PLSCENES, PMTiles, S57, SQLite, SVG, SXF, Selafin, TIGER, TopoJSON, UK .NTF, VDV, VFK, VICAR, WAsP, WFS, XLSX
"""

# Every other driver in the wheel of rasterio. They are left out where a raster is read, and only there.
_RASTER_NAMES = """
    AAIGrid, ACE2, ADRG, AIG, AirSAR, BAG, BIGGIF, BLX, BMP, BSB, BT, BYN, CALS, CEOS, COASP, COG, COSAR, CPG, CTG,
    CTable2, DAAS, DERIVED, DIMAP, DIPEx, DOQ1, DOQ2, DTED, ECRGTOC, EEDAI, EHdr, EIR, ELAS, ENVI, ERS, ESAT, ESRIC,
    FAST, FIT, GFF, GIF, GRASSASCIIGrid, GRIB, GS7BG, GSAG, GSBG, GSC, GTI, GTX, GTiff, GXF, GenBin, HDF5,
    HDF5Image, HF2, HFA, ILWIS, IRIS, ISCE, ISG, ISIS2, ISIS3, JAXAPALSAR, JDEM, JP2OpenJPEG, JPEG, KMLSUPEROVERLAY,
    KRO, L1B, LAN, LCP, LOSLAS, Leveller, MAP, MFF, MFF2, MRF, MSGN, NDF, NGSGEOID, NITF, NOAA_B, NSIDCbin, NTv2,
    NWT_GRC, NWT_GRD, OZI, PAux, PCRaster, PDS, PLMOSAIC, PNG, PNM, PRF, R, RIK, RMF, ROI_PAC, RPFTOC, RRASTER, RS2,
    RST, Rasterlite, S102, S104, S111, SAFE, SAGA, SAR_CEOS, SDTS, SENTINEL2, SGI, SIGDEM, SNAP_TIFF, SNODAS, SRP,
    SRTMHGT, STACIT, STACTA, TGA, TIL, TSX, Terragen, USGSDEM, VRT, WCS, WEBP, WMS, WMTS, XPM, XYZ, ZMap, Zarr,
    netCDF
"""
VECTOR_DRIVERS: tuple[str, ...] = tuple(name.strip() for name in _NAMES.split(","))
RASTER_DRIVERS: tuple[str, ...] = tuple(name.strip() for name in _RASTER_NAMES.split(","))
MEMORY_DRIVERS = frozenset({"MEM", "Memory"})  # GDAL's own scratch space: they open no file

_NOWHERE = "127.0.0.1:9"  # the discard port: a request that slips through anyway ends here


def gdal_environment(allowed: Iterable[str]) -> Mapping[str, str]:
    """Return the environment under which GDAL registers no vector driver but ``allowed``, no raster driver but
    ``allowed`` when one is among them, and looks at nothing but the file.
    """
    keep = {*allowed, *MEMORY_DRIVERS}
    known = VECTOR_DRIVERS if keep.isdisjoint(RASTER_DRIVERS) else (*VECTOR_DRIVERS, *RASTER_DRIVERS)
    return {
        "GDAL_SKIP": ",".join(name for name in known if name not in keep),
        "GDAL_DRIVER_PATH": "disable",
        "GDAL_DISABLE_READDIR_ON_OPEN": "TRUE",
        "GDAL_HTTP_PROXY": _NOWHERE,
        "GDAL_HTTP_MAX_RETRY": "0",
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
        "CPL_VSIL_USE_TEMP_FILE_FOR_RANDOM_WRITE": "NO",
        "GDAL_NUM_THREADS": "1",
        "GDAL_CACHEMAX": "64",
        "GDAL_PAM_ENABLED": "NO",
        "OGR_SQLITE_LOAD_EXTENSIONS": "",
        "OGR_GPKG_OPEN_RW_IF_POSSIBLE": "NO",
        "OGR_SQLITE_SYNCHRONOUS": "OFF",  # what is written is a file of ours, put on the disk when it is whole
        "OGR_GEOJSON_MAX_OBJ_SIZE": "500",
        "OSR_USE_NON_DEPRECATED": "NO",  # a withdrawn system must be seen, not exchanged for another behind our back
        "PROJ_NETWORK": "OFF",
        "GPX_ELE_AS_25D": "YES",  # the heights along a track
    }


def unexpected_drivers(registered: Iterable[str], allowed: Iterable[str]) -> list[str]:
    """Return the registered vector drivers beyond the allowed ones."""
    return sorted(set(registered) - set(allowed) - MEMORY_DRIVERS)
